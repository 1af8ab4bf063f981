namespace Keelson.Build.Tests;

/// <summary>Dockerfiles as dockerd 20.10 reads them: the sentences and the results here are what it answers.</summary>
public sealed class DockerfileTests
{
    private const string From = "FROM base:1\n";

    [Theory]
    [InlineData("", "failed to parse Dockerfile: file with no instructions")]
    [InlineData("# c\n", "failed to parse Dockerfile: file with no instructions")]
    [InlineData("RUN x\n", "no build stage in current context")]
    [InlineData("ARG x\n", "no build stage in current context")]
    [InlineData(From + "FOO x\n", "dockerfile parse error line 2: unknown instruction: FOO")]
    [InlineData(From + "\n\n# c\nRUN a \\\n b\nfoo x\n", "dockerfile parse error line 7: unknown instruction: FOO")]
    [InlineData(From + "ENV X\n", "failed to parse Dockerfile: ENV must have two arguments")]
    [InlineData(From + "ENV X=1 Y\n", "failed to parse Dockerfile: Syntax error - can't find = in \"Y\". Must be of the form: name=value")]
    [InlineData(From + "COPY f\n", "dockerfile parse error line 2: COPY requires at least two arguments, but only one was provided. Destination could not be determined")]
    [InlineData(From + "COPY --foo=1 f /\n", "dockerfile parse error line 2: Unknown flag: foo")]
    [InlineData(From + "COPY --from=a --from=b f /\n", "dockerfile parse error line 2: Duplicate flag specified: from")]
    [InlineData(From + "COPY --from f /\n", "dockerfile parse error line 2: Missing a value on flag: from")]
    [InlineData(From + "ONBUILD ONBUILD RUN x\n", "dockerfile parse error line 2: Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")]
    [InlineData(From + "ONBUILD FROM x\n", "dockerfile parse error line 2: FROM isn't allowed as an ONBUILD trigger")]
    [InlineData(From + "ONBUILD maintainer x\n", "dockerfile parse error line 2: MAINTAINER isn't allowed as an ONBUILD trigger")]
    [InlineData(From + "CMD [\"a\", 1]\n", "failed to parse Dockerfile: when using JSON array syntax, arrays must be comprised of strings only")]
    [InlineData("FROM base:1 x\n", "dockerfile parse error line 1: FROM requires either one or three arguments")]
    [InlineData("FROM base:1 AS 1x\n", "dockerfile parse error line 1: invalid name for build stage: \"1x\", name can't start with a number or contain symbols")]
    [InlineData("FROM\n", "dockerfile parse error line 1: FROM requires either one or three arguments")]
    [InlineData("# escape=x\nFROM base:1\n", "failed to parse Dockerfile: invalid escape token 'x' does not match ` or \\")]
    [InlineData(From + "HEALTHCHECK FOO\n", "dockerfile parse error line 2: Unknown type \"FOO\" in HEALTHCHECK (try CMD)")]
    [InlineData(From + "HEALTHCHECK --retries=0 CMD x\n", "dockerfile parse error line 2: --retries must be at least 1 (not 0)")]
    [InlineData(From + "VOLUME [\"\"]\n", "dockerfile parse error line 2: VOLUME specified can not be an empty string")]
    [InlineData(From + "USER\n", "dockerfile parse error line 2: USER requires exactly one argument")]
    [InlineData(From + "SHELL foo\n", "dockerfile parse error line 2: SHELL requires the arguments to be in JSON form")]
    [InlineData(From + "LABEL =x\n", "dockerfile parse error line 2: LABEL names can not be blank")]
    public void What_is_wrong_is_told_in_dockerds_words(string text, string error)
    {
        KeelsonException refused = Assert.Throws<KeelsonException>(() => Dockerfile.Parse(text));
        Assert.Equal((ErrorKind.InvalidArgument, error), (refused.Kind, refused.Message));
    }

    [Fact]
    public void Lines_go_on_over_comments_and_empty_lines()
    {
        Dockerfile file = Dockerfile.Parse("FROM a\nRUN echo a && \\\n# comment\n  # c2\n\n echo b\nCMD x\n");
        Assert.Equal("RUN echo a &&  echo b", file.Stages[0].Instructions[0].Source);
        Assert.Equal("[WARNING]: Empty continuation line found in:\n    RUN echo a &&  echo b", file.Warnings[0]);
        Assert.Equal(7, file.Stages[0].Instructions[1].Line);
    }

    [Fact]
    public void Two_escapes_at_the_end_do_not_go_on() => Assert.Equal(2, Dockerfile.Parse("FROM a\nRUN x \\\\\nRUN y\n").Stages[0].Instructions.Count);

    [Fact]
    public void The_escape_character_can_be_a_backtick()
    {
        Dockerfile file = Dockerfile.Parse("# syntax=foo\n# escape=`\nFROM a\nRUN echo a `\n b\\\nENV a=b` c\n");
        Assert.Equal("RUN echo a  b\\", file.Stages[0].Instructions[0].Source);
        Assert.Equal([new("a", "b` c")], Assert.IsType<EnvInstruction>(file.Stages[0].Instructions[1]).Pairs);
    }

    [Fact]
    public void A_directive_behind_an_instruction_is_a_comment()
    {
        Assert.Equal('\\', Dockerfile.Parse("# hello\n# escape=`\nFROM a\n").Escape);
    }

    [Fact]
    public void Stages_have_names_and_platforms()
    {
        Dockerfile file = Dockerfile.Parse("ARG V=1\nFROM --platform=linux/arm64 base:$V As One\nRUN a\nFROM scratch\n");
        Assert.Equal(("base:$V", "one", "linux/arm64", 1), (file.Stages[0].Base, file.Stages[0].Name, file.Stages[0].Platform, file.Stages[0].Instructions.Count));
        Assert.Equal([new("V", "1")], file.Arguments[0].Arguments);
        Assert.Equal("scratch", file.Stages[1].Base);
    }

    [Fact]
    public void Commands_are_lists_or_lines()
    {
        Dockerfile file = Dockerfile.Parse(From + "RUN [\"a\", \"b c\"]\nRUN [ \"a\" \nRUN a b  c\nCMD [\"x\"] more\nENTRYPOINT []\n");
        CommandText Of(int index) => file.Stages[0].Instructions[index] switch { RunInstruction run => run.Command, CmdInstruction cmd => cmd.Command, EntrypointInstruction entry => entry.Command, _ => throw new InvalidOperationException() };
        Assert.Equal(("a|b c", false), (string.Join('|', Of(0).Words), Of(0).IsShell));
        Assert.Equal(("[ \"a\"", true), (string.Join('|', Of(1).Words), Of(1).IsShell));
        Assert.Equal(("a b  c", true), (string.Join('|', Of(2).Words), Of(2).IsShell));
        Assert.Equal(("x", false), (string.Join('|', Of(3).Words), Of(3).IsShell));
        Assert.Equal(("", false), (string.Join('|', Of(4).Words), Of(4).IsShell));
    }

    [Fact]
    public void Copy_has_flags_sources_and_a_destination()
    {
        Dockerfile file = Dockerfile.Parse(From + "COPY --from=x --chown=1:2 a b /c/\nADD [\"a b\", \"/c d\"]\n");
        CopyInstruction copy = Assert.IsType<CopyInstruction>(file.Stages[0].Instructions[0]), add = Assert.IsType<CopyInstruction>(file.Stages[0].Instructions[1]);
        Assert.Equal(("a b", "/c/", "x", "1:2", false), (string.Join(' ', copy.Sources), copy.Destination, copy.From, copy.Owner, copy.IsAdd));
        Assert.Equal(("a b", "/c d", true), (Assert.Single(add.Sources), add.Destination, add.IsAdd));
    }

    [Fact]
    public void Env_has_two_forms()
    {
        Dockerfile file = Dockerfile.Parse(From + "ENV a=1 b=\"x y\" c=x\\ y\nENV d  e  f\n");
        Assert.Equal([new("a", "1"), new("b", "\"x y\""), new("c", "x\\ y")], Assert.IsType<EnvInstruction>(file.Stages[0].Instructions[0]).Pairs);
        Assert.Equal([new("d", "e  f")], Assert.IsType<EnvInstruction>(file.Stages[0].Instructions[1]).Pairs);
    }

    [Fact]
    public void Healthcheck_has_times()
    {
        Dockerfile file = Dockerfile.Parse(From + "HEALTHCHECK --interval=1m30s --timeout=500ms --retries=3 CMD echo hi\nHEALTHCHECK CMD [\"a\",\"b\"]\nHEALTHCHECK none\n");
        Keelson.Oci.ImageHealthcheck first = Assert.IsType<HealthcheckInstruction>(file.Stages[0].Instructions[0]).Check;
        Assert.Equal(("CMD-SHELL|echo hi", 90_000_000_000, 500_000_000, 3), (string.Join('|', first.Test!), first.IntervalNanoseconds, first.TimeoutNanoseconds, first.Retries));
        Assert.Equal(["CMD", "a", "b"], Assert.IsType<HealthcheckInstruction>(file.Stages[0].Instructions[1]).Check.Test);
        Assert.Equal(["NONE"], Assert.IsType<HealthcheckInstruction>(file.Stages[0].Instructions[2]).Check.Test);
    }

    [Theory]
    [InlineData("ONBUILD RUN x", "ONBUILD isn't allowed as an ONBUILD trigger")]
    [InlineData("FROM x", "FROM isn't allowed as an ONBUILD trigger")]
    [InlineData("RUN x\nRUN y", "onbuild trigger should be a single expression")]
    public void A_trigger_of_an_image_is_no_way_around_the_rules(string trigger, string error) =>
        Assert.Equal(error, Assert.Throws<KeelsonException>(() => Dockerfile.ParseInstruction(trigger)).Message);

    [Fact]
    public void A_file_of_10_MB_is_read_in_time_or_refused()
    {
        string comments = From + string.Concat(Enumerable.Repeat("# " + new string('x', 1000) + "\n", 10_000)) + "RUN x\n";
        Assert.Single(Dockerfile.Parse(comments).Stages[0].Instructions);
        Assert.Equal("failed to parse Dockerfile: dockerfile line greater than max allowed size of 65535", Assert.Throws<KeelsonException>(() => Dockerfile.Parse(From + "RUN " + new string('x', 10_000_000))).Message);
        Assert.Equal("failed to parse Dockerfile: there are more than 10000 instructions", Assert.Throws<KeelsonException>(() => Dockerfile.Parse(From + string.Concat(Enumerable.Repeat("RUN x\n", 1_000_000)))).Message);
    }
}
