using Keelson.Cli.Commands;
using Keelson.Cli.Completion;
using Keelson.Cli.Parsing;

namespace Keelson.Cli.Tests;

/// <summary>The reading of command lines, and what is made of the same tables.</summary>
public class ParserTests
{
    private static readonly Option[] Options =
    [
        Option.Flag("i,interactive", "x"), Option.Flag("t,tty", "x"), Option.Flag("sig-proxy", "x"), Option.Value("m,memory", "size", "x"), Option.List("e,env", "x=y", "x"),
    ];

    private static Arguments Parse(bool stops, params string[] arguments) => CommandLineParser.Parse(arguments, Options, stops);

    [Fact]
    public void Short_flags_stand_together_and_before_a_value()
    {
        Arguments arguments = Parse(false, "-it", "-m1g", "-eA=1", "-e", "B=2", "-e=C=3", "word");
        Assert.True(arguments.Flag("interactive") && arguments.Flag("tty"));
        Assert.Equal("1g", arguments.Value("memory"));
        Assert.Equal(["A=1", "B=2", "C=3"], arguments.List("env"));
        Assert.Equal(["word"], arguments.Words);
    }

    [Fact]
    public void The_last_short_flag_may_take_the_value() => Assert.Equal("2g", Parse(false, "-itm", "2g").Value("memory"));

    [Fact]
    public void Long_options_take_their_value_either_way_and_the_last_counts() => Assert.Equal("b", Parse(false, "--memory=a", "--memory", "b").Value("memory"));

    [Fact]
    public void Flags_are_unset_with_false_and_have_a_default()
    {
        Assert.False(Parse(false, "--sig-proxy=false").Flag("sig-proxy", otherwise: true));
        Assert.True(Parse(false).Flag("sig-proxy", otherwise: true));
        Assert.False(Parse(false, "-it=0").Flag("tty", otherwise: true));
    }

    [Fact]
    public void The_first_word_ends_the_options_where_a_command_follows() => Assert.Equal(["image", "-m", "--env"], Parse(true, "-i", "image", "-m", "--env").Words);

    [Fact]
    public void Options_go_on_after_words_elsewhere_and_end_with_two_dashes() => Assert.Equal(["a", "b", "-i"], Parse(false, "a", "-t", "b", "--", "-i").Words);

    [Theory]
    [InlineData("unknown option --nowhere", "--nowhere")]
    [InlineData("unknown option -x in -ix", "-ix")]
    [InlineData("option --memory needs a value", "--memory")]
    [InlineData("option -m needs a value", "-im")]
    [InlineData("option --tty: 'maybe' is neither true nor false", "--tty=maybe")]
    public void What_is_wrong_is_named(string message, params string[] arguments) =>
        Assert.Equal(message, Assert.Throws<UsageException>(() => Parse(false, arguments)).Message);

    [Fact]
    public void Every_command_has_a_summary_a_way_to_be_found_and_options_with_one_name_each()
    {
        List<string> names = [];
        foreach ((string name, Command command) in CommandTable.All())
        {
            names.Add(name);
            Assert.Equal(name.Split(' ').Length, CommandTable.Find(name.Split(' ')).Words);
            Assert.Equal(command.Options.Length, command.Options.Select(option => option.Name).Distinct().Count());
            Assert.True(command.Options.Where(option => option.Short != '\0').GroupBy(option => option.Short).All(group => group.Count() == 1), name);
            Assert.Contains(command.Summary[1..], HelpText.Of(name, command), StringComparison.Ordinal);
        }
        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.Equal([], "attach commit cp create diff events exec export history images import info inspect kill load login logout logs pause port ps pull push rename restart rm rmi run save start stats stop tag top unpause update version wait"
            .Split(' ').Except(names));
    }

    [Fact]
    public void Completion_offers_commands_options_and_files()
    {
        Assert.Equal(["pull", "push"], Completer.Candidates(["pu"], null).Select(candidate => candidate.Word));
        Assert.Contains("ls", Completer.Candidates(["container", ""], null).Select(candidate => candidate.Word));
        Assert.Equal(["explain"], Completer.Candidates(["trust", "key", "ex"], null).Select(candidate => candidate.Word).Where(word => word != "export"));
        Assert.Contains("key", Completer.Candidates(["trust", ""], null).Select(candidate => candidate.Word));
        Assert.Equal(["--pid", "--pids-limit"], Completer.Candidates(["run", "--pid"], null).Select(candidate => candidate.Word));
        Assert.Equal([":files"], Completer.Candidates(["run", "--env-file", "a"], null).Select(candidate => candidate.Word));
        Assert.Equal([":files"], Completer.Candidates(["run", "-it", "busybox", ""], null).Select(candidate => candidate.Word));
        Assert.Equal(["bash", "fish", "zsh"], Completer.Candidates(["completion", ""], null).Select(candidate => candidate.Word).Order());
    }
}
