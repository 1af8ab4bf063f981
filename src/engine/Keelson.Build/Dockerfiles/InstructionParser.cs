using System.Globalization;
using System.Text.RegularExpressions;
using Keelson.Oci;

namespace Keelson.Build;

/// <summary>Makes instructions of lines. Their errors are dockerd's, and so is the order in which a file's errors are found: first the forms of all lines, then what each says.</summary>
internal sealed partial class InstructionParser(char escape)
{
    private readonly ArgumentText text = new(escape);

    /// <summary>Brings a line's arguments into their form.</summary>
    public ParsedArguments Arguments(DockerfileLine line)
    {
        string rest = line.Rest;
        switch (line.Keyword)
        {
            case "ADD" or "COPY" or "VOLUME":
                return ArgumentText.List(rest) is { } listed ? new(listed, IsList: true) : new(ArgumentText.Split(rest));
            case "CMD" or "ENTRYPOINT" or "RUN" or "SHELL":
                return Command(rest);
            case "ENV" or "LABEL":
                return new([]) { Pairs = text.Pairs(line.Keyword, rest) };
            case "ARG":
                return new(text.Words(rest));
            case "EXPOSE" or "FROM":
                return new(ArgumentText.Split(rest));
            case "HEALTHCHECK":
                int end = rest.AsSpan().IndexOfAny(" \t\v\f\r");
                return Command(end < 0 ? "" : rest[end..].TrimStart()) with { Kind = (end < 0 ? rest : rest[..end]).ToUpperInvariant() };
            default:
                return new(rest.Length > 0 ? [rest] : []);
        }
    }

    /// <summary>Begins a stage.</summary>
    public static BuildStage Stage(DockerfileLine line, ParsedArguments arguments, IReadOnlyList<Instruction> instructions)
    {
        FlagSet flags = FlagSet.Parse(line, "platform");
        IReadOnlyList<string> words = arguments.Words;
        string name = "";
        if (words.Count == 3 && words[1].Equals("as", StringComparison.OrdinalIgnoreCase))
        {
            name = words[2].ToLowerInvariant();
            if (!StageName().IsMatch(name))
                throw DockerfileFault.At(line.Number, $"invalid name for build stage: {GoText.Quote(words[2])}, name can't start with a number or contain symbols");
        }
        else if (words.Count != 1) throw DockerfileFault.At(line.Number, "FROM requires either one or three arguments");
        return new(line.Text, line.Number, words[0], name, flags["platform"], instructions);
    }

    /// <summary>Makes an instruction other than FROM.</summary>
    public static Instruction Instruction(DockerfileLine line, ParsedArguments arguments)
    {
        (string source, int number, IReadOnlyList<string> words) = (line.Text, line.Number, arguments.Words);
        switch (line.Keyword)
        {
            case "RUN":
                return new RunInstruction(source, number, new(words, !arguments.IsList), [.. line.Flags.Select(flag => FlagSet.NameOf(flag)).Select(name => name is "mount" or "network" or "security" ? name
                    : throw DockerfileFault.At(number, "Unknown flag: " + name))]);
            case "CMD":
                _ = FlagSet.Parse(line);
                return new CmdInstruction(source, number, new(words, !arguments.IsList));
            case "ENTRYPOINT":
                _ = FlagSet.Parse(line);
                return new EntrypointInstruction(source, number, new(words, !arguments.IsList));
            case "ENV":
                return new EnvInstruction(source, number, Named(line, arguments.Pairs));
            case "LABEL":
                return new LabelInstruction(source, number, Named(line, arguments.Pairs));
            case "MAINTAINER":
                return new MaintainerInstruction(source, number, One(line, words));
            case "EXPOSE":
                return new ExposeInstruction(source, number, [.. Some(line, words).Order(StringComparer.Ordinal)]);
            case "ADD" or "COPY":
                return Copy(line, words);
            case "VOLUME":
                return new VolumeInstruction(source, number, [.. Some(line, words).Select(path => path.Trim()).Select(path => path.Length > 0 ? path : throw DockerfileFault.At(number, "VOLUME specified can not be an empty string"))]);
            case "USER":
                return new UserInstruction(source, number, One(line, words));
            case "WORKDIR":
                return new WorkdirInstruction(source, number, One(line, words));
            case "STOPSIGNAL":
                return new StopSignalInstruction(source, number, One(line, words));
            case "ARG":
                return new ArgInstruction(source, number, [.. Some(line, words).Select(word => Argument(line, word))]);
            case "ONBUILD":
                return OnBuild(line, words);
            case "SHELL":
                _ = FlagSet.Parse(line);
                if (words.Count == 0) throw DockerfileFault.At(number, "SHELL requires at least one argument");
                return arguments.IsList ? new ShellInstruction(source, number, words) : throw DockerfileFault.At(number, "SHELL requires the arguments to be in JSON form");
            case "HEALTHCHECK":
                return new HealthcheckInstruction(source, number, Healthcheck(line, arguments));
            default:
                throw DockerfileFault.At(number, "unknown instruction: " + line.Keyword);
        }
    }

    private static ParsedArguments Command(string rest) =>
        rest.Length == 0 ? new([]) : ArgumentText.List(rest) is { } listed ? new(listed, IsList: true) : new([rest]);

    private static string One(DockerfileLine line, IReadOnlyList<string> words)
    {
        _ = FlagSet.Parse(line);
        return words is [string one] ? one : throw DockerfileFault.At(line.Number, $"{line.Keyword} requires exactly one argument");
    }

    private static IReadOnlyList<string> Some(DockerfileLine line, IReadOnlyList<string> words)
    {
        _ = FlagSet.Parse(line);
        return words.Count > 0 ? words : throw DockerfileFault.At(line.Number, $"{line.Keyword} requires at least one argument");
    }

    private static IReadOnlyList<KeyValuePair<string, string>> Named(DockerfileLine line, IReadOnlyList<KeyValuePair<string, string>> pairs)
    {
        _ = FlagSet.Parse(line);
        if (pairs.Count == 0) throw DockerfileFault.At(line.Number, $"{line.Keyword} requires at least one argument");
        return pairs.All(pair => pair.Key.Length > 0) ? pairs : throw DockerfileFault.At(line.Number, $"{line.Keyword} names can not be blank");
    }

    private static BuildArgument Argument(DockerfileLine line, string word)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        if (equals == 0) throw DockerfileFault.At(line.Number, "ARG names can not be blank");
        return equals < 0 ? new(word, null) : new(word[..equals], word[(equals + 1)..]);
    }

    private static CopyInstruction Copy(DockerfileLine line, IReadOnlyList<string> words)
    {
        bool isAdd = line.Keyword == "ADD";
        FlagSet flags = isAdd ? FlagSet.Parse(line, "chown", "chmod") : FlagSet.Parse(line, "chown", "from", "chmod");
        if (words.Count < 2)
            throw DockerfileFault.At(line.Number, $"{line.Keyword} requires at least two arguments, but only one was provided. Destination could not be determined");
        return new(line.Text, line.Number, isAdd, [.. words.Take(words.Count - 1)], words[^1], flags["from"], flags["chown"], flags["chmod"]);
    }

    private static OnBuildInstruction OnBuild(DockerfileLine line, IReadOnlyList<string> words)
    {
        if (words.Count == 0) throw DockerfileFault.At(line.Number, "ONBUILD requires at least one argument");
        string trigger = words[0].Trim(), keyword = trigger.Split((char[])[' ', '\t'], 2)[0].ToUpperInvariant();
        if (keyword == "ONBUILD") throw DockerfileFault.At(line.Number, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
        if (keyword is "MAINTAINER" or "FROM") throw DockerfileFault.At(line.Number, $"{keyword} isn't allowed as an ONBUILD trigger");
        return new(line.Text, line.Number, Keyword().Replace(line.Text, "", 1));
    }

    private static ImageHealthcheck Healthcheck(DockerfileLine line, ParsedArguments arguments)
    {
        if (arguments.Kind.Length == 0) throw DockerfileFault.At(line.Number, "HEALTHCHECK requires at least one argument");
        if (arguments.Kind == "NONE")
        {
            _ = FlagSet.Parse(line);
            return arguments.Words.Count == 0 ? new() { Test = ["NONE"] } : throw DockerfileFault.At(line.Number, "HEALTHCHECK NONE takes no arguments");
        }
        FlagSet flags = FlagSet.Parse(line, "interval", "timeout", "start-period", "retries");
        if (arguments.Kind != "CMD") throw DockerfileFault.At(line.Number, $"Unknown type {GoText.Quote(arguments.Kind)} in HEALTHCHECK (try CMD)");
        if (arguments.Words.Count == 0) throw DockerfileFault.At(line.Number, "Missing command after HEALTHCHECK CMD");
        int retries = 0;
        if (flags["retries"].Length > 0)
        {
            if (!int.TryParse(flags["retries"], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out retries))
                throw DockerfileFault.At(line.Number, $"strconv.ParseInt: parsing {GoText.Quote(flags["retries"])}: invalid syntax");
            if (retries < 1) throw DockerfileFault.At(line.Number, string.Create(CultureInfo.InvariantCulture, $"--retries must be at least 1 (not {retries})"));
        }
        return new()
        {
            Test = arguments.IsList ? ["CMD", .. arguments.Words] : ["CMD-SHELL", .. arguments.Words],
            IntervalNanoseconds = Duration("interval", "Interval"),
            TimeoutNanoseconds = Duration("timeout", "Interval"),
            StartPeriodNanoseconds = Duration("start-period", "Interval"),
            Retries = retries,
        };

        long Duration(string flag, string what)
        {
            string value = flags[flag];
            if (value.Length == 0) return 0;
            long nanoseconds = GoDuration.ParseNanoseconds(value) ?? throw DockerfileFault.At(line.Number, $"time: invalid duration {GoText.Quote(value)}");
            return nanoseconds is 0 or >= 1_000_000 ? nanoseconds : throw DockerfileFault.At(line.Number, $"{what} {GoText.Quote(flag)} cannot be less than 1ms");
        }
    }

    [GeneratedRegex(@"^[a-z][a-z0-9\-_.]*$", RegexOptions.CultureInvariant)]
    private static partial Regex StageName();

    [GeneratedRegex(@"^\s*ONBUILD\s*", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Keyword();
}
