namespace Keelson.Build;

/// <summary>A Dockerfile that was read. Dockerfile reference, as dockerd's classic builder takes it.</summary>
/// <param name="Escape">Its escape character.</param>
/// <param name="Arguments">ARG before the first FROM.</param>
/// <param name="Stages">The stages.</param>
/// <param name="Warnings">What is odd, in dockerd's words.</param>
public sealed record Dockerfile(char Escape, IReadOnlyList<ArgInstruction> Arguments, IReadOnlyList<BuildStage> Stages, IReadOnlyList<string> Warnings)
{
    /// <summary>Longest file that is taken, in bytes: 16 MiB. It is held in memory, several times over while it is read.</summary>
    public const int LimitBytes = 16 << 20;

    /// <summary>Most instructions of one file. Each becomes an image.</summary>
    public const int MostInstructions = 10_000;

    /// <summary>Reads a file's text.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is no Dockerfile; dockerd's words say where and why.</exception>
    public static Dockerfile Parse(string text)
    {
        DockerfileReader reader = DockerfileReader.Read(text);
        if (reader.Lines.Count > MostInstructions) throw DockerfileFault.Of($"there are more than {MostInstructions} instructions");
        InstructionParser parser = new(reader.Escape);
        List<(DockerfileLine Line, ParsedArguments Arguments)> parsed = [.. reader.Lines.Select(line => (line, parser.Arguments(line)))];
        List<ArgInstruction> before = [];
        List<BuildStage> stages = [];
        List<Instruction> instructions = [];
        foreach ((DockerfileLine line, ParsedArguments arguments) in parsed)
        {
            if (line.Keyword == "FROM")
            {
                stages.Add(InstructionParser.Stage(line, arguments, instructions = []));
                continue;
            }
            Instruction instruction = InstructionParser.Instruction(line, arguments);
            if (stages.Count > 0) instructions.Add(instruction);
            else if (instruction is ArgInstruction argument) before.Add(argument);
            else throw new KeelsonException(ErrorKind.InvalidArgument, "no build stage in current context");
        }
        if (stages.Count == 0) throw new KeelsonException(ErrorKind.InvalidArgument, "no build stage in current context");
        return new(reader.Escape, before, stages, reader.Warnings);
    }

    /// <summary>Reads one instruction, as ONBUILD keeps it.</summary>
    /// <inheritdoc cref="Parse" path="/exception"/>
    public static Instruction ParseInstruction(string text)
    {
        DockerfileReader reader = DockerfileReader.Read(text);
        if (reader.Lines is not [{ } line]) throw new KeelsonException(ErrorKind.InvalidArgument, "onbuild trigger should be a single expression");
        if (line.Keyword is "FROM" or "ONBUILD" or "MAINTAINER") throw new KeelsonException(ErrorKind.InvalidArgument, $"{line.Keyword} isn't allowed as an ONBUILD trigger");
        InstructionParser parser = new(reader.Escape);
        return InstructionParser.Instruction(line, parser.Arguments(line));
    }
}
