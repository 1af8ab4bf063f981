using Keelson.Cli.Commands.Images;
using Keelson.Cli.Configuration;
using Keelson.Cli.Parsing;
using Keelson.Cli.Terminal;
using Keelson.Docker;

namespace Keelson.Cli.Commands;

/// <summary><c>login</c>, <c>logout</c>.</summary>
internal static class LoginCommands
{
    public static Command Login => new("keep credentials for a registry", "[options] [SERVER]",
        [Option.Value("p,password", "text", "the password"), Option.Flag("password-stdin", "read the password from standard input"), Option.Value("u,username", "name", "the user")], RunLogin)
    { Most = 1 };

    public static Command Logout => new("forget the credentials for a registry", "[SERVER]", [], session =>
    {
        string server = Server(session);
        if (!DockerConfig.Load().Remove(server)) Session.Print($"Not logged in to {Shown(server)}");
        else Session.Print($"Removing login credentials for {Shown(server)}");
        return 0;
    })
    { Most = 1 };

    private static string Server(Session session)
    {
        string server = session.Arguments.Word(0) ?? RegistryAuth.HubServer;
        if (server is "docker.io" or "index.docker.io") return RegistryAuth.HubServer;
        return server.StartsWith("https://index.docker.io", StringComparison.Ordinal) ? RegistryAuth.HubServer
            : server.Replace("https://", "", StringComparison.Ordinal).Replace("http://", "", StringComparison.Ordinal).Split('/')[0];
    }

    private static string Shown(string server) => server == RegistryAuth.HubServer ? "https://index.docker.io/v1/" : server;

    private static int RunLogin(Session session)
    {
        Arguments arguments = session.Arguments;
        string server = Server(session);
        string? user = arguments.Value("username"), password = arguments.Value("password");
        if (password is not null && arguments.Flag("password-stdin")) throw new UsageException("options --password and --password-stdin exclude each other", exitCode: 1);
        if (password is not null) Output.Error("WARNING: the password is seen by all users of this machine while it is on the command line; use --password-stdin");
        if (arguments.Flag("password-stdin"))
        {
            if (user is null) throw new UsageException("option --password-stdin needs --username", exitCode: 1);
            using Stream input = Text.FileStreams.OpenInput("-");
            using StreamReader reader = new(input);
            password = reader.ReadToEnd().TrimEnd('\n').TrimEnd('\r');
        }
        if (user is null || password is null)
        {
            if (!RawTerminal.IsInput) throw new KeelsonException(ErrorKind.InvalidArgument, $"log in to {Shown(server)}: user or password is missing, and there is no terminal to ask for it");
            user ??= Prompt.Line("Username: ");
            password ??= Prompt.Hidden("Password: ");
        }
        AuthConfig auth = new() { Username = user, Password = password, ServerAddress = server };
        AuthResponse answer = session.Client.Authenticate(auth);
        if (answer.IdentityToken.Length > 0) auth = auth with { Password = "", IdentityToken = answer.IdentityToken };
        DockerConfig config = DockerConfig.Load();
        if (config.Store(server, auth)) Output.Error($"WARNING: the password is kept unencrypted in {config.Path}; a credential helper would keep it safe");
        Session.Print(answer.Status);
        return 0;
    }
}
