using Keelson.RuntimeCli;

namespace Keelson.Runtime.Tests.CommandLine;

public class ArgumentReaderTests
{
    [Theory]
    [InlineData("--format", "json", "id")]
    [InlineData("--format=json", "id")]
    [InlineData("-format=json", "id")]
    [InlineData("id", "--format", "json")]
    public void Options_stand_before_or_after_the_name(params string[] arguments)
    {
        string format = "";
        ArgumentReader reader = new(arguments);
        Assert.Equal("id", reader.ReadId(_ => format = reader.Value()));
        Assert.Equal("json", format);
    }

    [Fact]
    public void After_two_dashes_a_name_may_begin_with_a_dash() => Assert.Equal("-id", new ArgumentReader(["--", "-id"]).ReadId(Unexpected));

    [Fact]
    public void A_missing_name_is_an_error() => Fails("the container's ID is missing", () => new ArgumentReader([]).ReadId(Unexpected));

    [Fact]
    public void A_second_name_is_an_error() => Fails("'other' is one argument too many", () => new ArgumentReader(["id", "other"]).ReadId(Unexpected));

    [Fact]
    public void A_value_out_of_two_is_one_of_them()
    {
        ArgumentReader reader = new(["--format=xml", "id"]);
        Fails("option --format: 'xml' is neither table nor json", () => reader.ReadId(_ => reader.Choice("table", "json")));
    }

    [Fact]
    public void A_switch_with_an_odd_value_is_an_error()
    {
        ArgumentReader reader = new(["--all=perhaps", "id"]);
        Fails("option --all: 'perhaps' is neither true nor false", () => reader.ReadId(_ => reader.Switch()));
    }

    [Fact]
    public void An_option_without_its_value_is_an_error()
    {
        ArgumentReader reader = new(["id", "--format"]);
        Fails("option --format needs a value", () => reader.ReadId(_ => reader.Value()));
    }

    private static void Unexpected(string name) => Assert.Fail("option " + name);

    private static void Fails(string message, Action action)
    {
        KeelsonException e = Assert.Throws<KeelsonException>(action);
        Assert.Equal(ErrorKind.InvalidArgument, e.Kind);
        Assert.Equal("command line: " + message, e.Message);
    }
}
