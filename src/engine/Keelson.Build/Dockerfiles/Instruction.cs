using Keelson.Oci;

namespace Keelson.Build;

/// <summary>An instruction of a Dockerfile.</summary>
/// <param name="Source">The instruction as it is written.</param>
/// <param name="Line">Its line; 0 for one that no file has.</param>
public abstract record Instruction(string Source, int Line);

/// <summary>A command: a list of words, or a line for the shell.</summary>
/// <param name="Words">The words, or the line alone.</param>
/// <param name="IsShell">Whether the shell runs it.</param>
public sealed record CommandText(IReadOnlyList<string> Words, bool IsShell);

/// <summary>A name that may have a value.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value; <see langword="null"/> for none.</param>
public sealed record BuildArgument(string Name, string? Value);

/// <summary>RUN.</summary>
/// <param name="Source">The instruction as it is written.</param>
/// <param name="Line">Its line.</param>
/// <param name="Command">What runs.</param>
/// <param name="Flags">Names of its flags; the classic builder has none.</param>
public sealed record RunInstruction(string Source, int Line, CommandText Command, IReadOnlyList<string> Flags) : Instruction(Source, Line);

/// <summary>CMD.</summary>
public sealed record CmdInstruction(string Source, int Line, CommandText Command) : Instruction(Source, Line);

/// <summary>ENTRYPOINT.</summary>
public sealed record EntrypointInstruction(string Source, int Line, CommandText Command) : Instruction(Source, Line);

/// <summary>LABEL.</summary>
/// <param name="Source">The instruction as it is written.</param>
/// <param name="Line">Its line.</param>
/// <param name="Pairs">The labels.</param>
/// <param name="Expands">Whether variables are replaced in them; not in those that the caller gave.</param>
public sealed record LabelInstruction(string Source, int Line, IReadOnlyList<KeyValuePair<string, string>> Pairs, bool Expands = true) : Instruction(Source, Line);

/// <summary>ENV.</summary>
public sealed record EnvInstruction(string Source, int Line, IReadOnlyList<KeyValuePair<string, string>> Pairs) : Instruction(Source, Line);

/// <summary>MAINTAINER.</summary>
public sealed record MaintainerInstruction(string Source, int Line, string Name) : Instruction(Source, Line);

/// <summary>EXPOSE.</summary>
/// <param name="Source">The instruction as it is written.</param>
/// <param name="Line">Its line.</param>
/// <param name="Ports">Words, in their order by value.</param>
public sealed record ExposeInstruction(string Source, int Line, IReadOnlyList<string> Ports) : Instruction(Source, Line);

/// <summary>ADD and COPY.</summary>
/// <param name="Source">The instruction as it is written.</param>
/// <param name="Line">Its line.</param>
/// <param name="IsAdd">Whether it is ADD: takes addresses, and archives apart.</param>
/// <param name="Sources">Where from.</param>
/// <param name="Destination">Where to.</param>
/// <param name="From">The stage or image that it copies from; empty for the context.</param>
/// <param name="Owner">Flag <c>--chown</c>; empty for none.</param>
/// <param name="Mode">Flag <c>--chmod</c>, which the classic builder refuses; empty for none.</param>
public sealed record CopyInstruction(string Source, int Line, bool IsAdd, IReadOnlyList<string> Sources, string Destination, string From, string Owner, string Mode) : Instruction(Source, Line)
{
    /// <summary>ADD or COPY.</summary>
    public string Keyword => IsAdd ? "ADD" : "COPY";
}

/// <summary>VOLUME.</summary>
public sealed record VolumeInstruction(string Source, int Line, IReadOnlyList<string> Paths) : Instruction(Source, Line);

/// <summary>USER.</summary>
public sealed record UserInstruction(string Source, int Line, string User) : Instruction(Source, Line);

/// <summary>WORKDIR.</summary>
public sealed record WorkdirInstruction(string Source, int Line, string Path) : Instruction(Source, Line);

/// <summary>ARG.</summary>
public sealed record ArgInstruction(string Source, int Line, IReadOnlyList<BuildArgument> Arguments) : Instruction(Source, Line);

/// <summary>ONBUILD.</summary>
/// <param name="Source">The instruction as it is written.</param>
/// <param name="Line">Its line.</param>
/// <param name="Expression">The instruction that it is about.</param>
public sealed record OnBuildInstruction(string Source, int Line, string Expression) : Instruction(Source, Line);

/// <summary>STOPSIGNAL.</summary>
public sealed record StopSignalInstruction(string Source, int Line, string Signal) : Instruction(Source, Line);

/// <summary>HEALTHCHECK.</summary>
public sealed record HealthcheckInstruction(string Source, int Line, ImageHealthcheck Check) : Instruction(Source, Line);

/// <summary>SHELL.</summary>
public sealed record ShellInstruction(string Source, int Line, IReadOnlyList<string> Words) : Instruction(Source, Line);
