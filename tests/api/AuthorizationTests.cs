using Containerd.Services.Images.V1;
using Keelson.Api.Authorization;
using Keelson.Daemon.Configuration;

namespace Keelson.Api.Tests;

/// <summary>Who may do and see what.</summary>
public class AuthorizationTests
{
    private const uint Nobody = 65534;
    private const string Digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

    private const string Rules = """
        [grpc]
        gid = 65534
        [authorization]
        default = "deny"
        [authorization.rules.root]
        users = [0]
        [authorization.rules.secret]
        allow = false
        namespaces = ["secret*"]
        [authorization.rules.readers]
        users = [65534]
        actions = ["/containerd.services.images.v1.Images/List", "/containerd.services.events.v1.Events/Subscribe", "event:/images/*"]
        """;

    [Fact]
    public async Task The_first_rule_that_is_about_a_case_decides()
    {
        ICallAuthorizer authorizer = DaemonConfig.Parse("c", Rules).Api.Authorizer!;
        async Task<string?> Ask(uint user, string space, string action) => await authorizer.RefuseAsync(new(user, 0, 1, space, action));

        Assert.Null(await Ask(0, "secret", "/x/Delete"));
        Assert.Equal("rule secret forbids it", await Ask(Nobody, "secret1", "/containerd.services.images.v1.Images/List"));
        Assert.Null(await Ask(Nobody, "open", "/containerd.services.images.v1.Images/List"));
        Assert.Equal("no rule allows it", await Ask(Nobody, "open", "/containerd.services.images.v1.Images/Delete"));
        Assert.Null(await Ask(Nobody, "open", "event:/images/create"));
        Assert.Equal("no rule allows it", await Ask(Nobody, "open", "event:/tasks/start"));
    }

    [Theory]
    [InlineData("[authorization]\ndefault = \"maybe\"", "'maybe' is neither allow nor deny")]
    [InlineData("[authorization.rules.a]\nusers = [-1]", "expected a list of integers")]
    [InlineData("[authorization.rules.a]\nusers = [\"x\"]", "expected a list of integers")]
    [InlineData("[authorization.rules.a]\nactions = \"x\"", "expected a list of strings")]
    [InlineData("[authorization.rules.a]\nallow = 1", "expected true or false")]
    [InlineData("[authorization.rules.a]\nother = 1", "authorization.rules.a.other: the key is unknown")]
    [InlineData("[authorization.rules]\na = 1", "authorization.rules.a: the key is unknown")]
    public void A_wrong_rule_is_refused(string text, string message) => Assert.Contains(message, Assert.Throws<KeelsonException>(() => DaemonConfig.Parse("c", text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Without_rules_nobody_decides() => Assert.Null(DaemonConfig.Parse("c", "").Api.Authorizer);

    [DaemonFact]
    public void Another_user_does_and_sees_what_its_rules_allow()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.StartWith(Rules);
        // The socket's directories may be passed through, the socket is opened by its group.
        using ChildProcess events = ChildProcess.Start(Command(daemon, "events"));
        Images.ImagesClient images = new(daemon.Channel);
        int tries = 0;
        Condition.Await("events of images", () =>
        {
            daemon.Ctr("namespaces", "create", $"n{tries}").Succeeds();
            images.Create(new() { Image = new() { Name = $"i{tries++}", Target = new() { MediaType = "a/b", Digest = Digest, Size = 1 } } }, DaemonUnderTest.In("seen"));
            return events.Stdout.Contains("/images/create", StringComparison.Ordinal);
        });
        Assert.DoesNotContain("/namespaces/create", events.Stdout, StringComparison.Ordinal);
        As(daemon, "--namespace", "seen", "images", "ls").Succeeds();
        As(daemon, "--namespace", "secret", "images", "ls").Fails("rule secret forbids it");
        As(daemon, "containers", "ls").Fails("no rule allows it");
        daemon.Ctr("--namespace", "secret", "images", "ls").Succeeds();
        events.Signal(Linux.Sys.Signals.SIGTERM);
    }

    private static string[] Command(DaemonUnderTest daemon, params string[] arguments) =>
        ["setpriv", "--reuid", $"{Nobody}", "--regid", $"{Nobody}", "--clear-groups", "ctr", "--address", daemon.Address, .. arguments];

    private static CommandResult As(DaemonUnderTest daemon, params string[] arguments) => ChildProcess.Run(Command(daemon, arguments));
}
