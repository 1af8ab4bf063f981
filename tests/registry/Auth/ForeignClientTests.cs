using System.Text;
using Keelson.Registry.Auth;

namespace Keelson.Registry.Tests.Auth;

/// <summary>Our token server with a registry and clients of others: docker-registry takes its tokens; skopeo, docker and curl get them.</summary>
public sealed class ForeignClientTests : IAsyncLifetime
{
    private readonly Folder folder = new();
    private AuthApp app = null!;

    public async ValueTask InitializeAsync() => app = await AuthApp.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        folder.Dispose();
    }

    [ProgramFact("docker-registry skopeo")]
    public void Debians_registry_takes_tokens_by_the_name_of_the_key()
    {
        using TokenServerSetup setup = Serve(hasCertificate: false);
        PushAndPull(setup);
    }

    [ProgramFact("docker-registry skopeo")]
    public void Debians_registry_takes_tokens_by_a_certificate()
    {
        using TokenServerSetup setup = Serve(hasCertificate: true);
        PushAndPull(setup);
    }

    [ProgramFact("docker-registry skopeo")]
    public void Debians_registry_takes_no_token_of_another_key()
    {
        using TokenServerSetup setup = Serve(hasCertificate: false), other = new();
        using TokenRegistry registry = new(app.Url + "/token", other.CertificateFile);
        Skopeo("copy", "--dest-creds", "anna:" + TokenServerSetup.Password, Image(), $"docker://{registry.Name}/team/app:1").Fails("authentication required");
    }

    [ProgramFact("docker-registry curl")]
    public void Curl_gets_a_token_and_is_let_in_with_it()
    {
        using TokenServerSetup setup = Serve(hasCertificate: false);
        using TokenRegistry registry = new(app.Url + "/token", setup.CertificateFile);
        Assert.Contains($"Bearer realm=\"{app.Url}/token\",service=\"test registry\"", Curl("-i", $"http://{registry.Name}/v2/").Stdout, StringComparison.Ordinal);
        string answer = Curl("-f", "-u", "root:root's password", $"{app.Url}/token?service=test%20registry&scope=registry:catalog:*").Succeeds().Stdout;
        string token = System.Text.Json.Nodes.JsonNode.Parse(answer)!["token"]!.GetValue<string>();
        Assert.Equal("{\"repositories\":[]}\n", Curl("-f", "-H", "Authorization: Bearer " + token, $"http://{registry.Name}/v2/_catalog").Succeeds().Stdout);
        Curl("-f", "-H", "Authorization: Bearer " + token + "x", $"http://{registry.Name}/v2/_catalog").Exits(22);
    }

    [ProgramFact("docker")]
    public void Docker_logs_in_with_a_token()
    {
        using TokenServerSetup setup = Serve(hasCertificate: false);
        app.Authorizer = new TokenAuthorizer(setup.Trusting(app.Url + "/token"));
        Assert.Contains("Login Succeeded", Docker(TokenServerSetup.Password, "login", "-u", "anna", "--password-stdin", app.Name).Succeeds().Stdout, StringComparison.Ordinal);
        // It keeps a refresh token and not the password.
        string kept = File.ReadAllText(folder.File("docker/config.json"));
        Assert.Contains("\"identitytoken\"", kept, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes("anna:" + TokenServerSetup.Password)), kept, StringComparison.Ordinal);
        Docker("wrong", "login", "-u", "anna", "--password-stdin", app.Name).Fails("wrong name or password");
        Assert.DoesNotContain(TokenServerSetup.Password, setup.Log.Text, StringComparison.Ordinal);
        Assert.Contains("GET /v2/ 200", app.Requests);
    }

    [ProgramFact("docker")]
    public void Docker_logs_in_with_a_password()
    {
        using HtpasswdFile users = new(folder.Users(("anna", "secret")));
        app.Authorizer = new HtpasswdAuthorizer(users, "test");
        Assert.Contains("Login Succeeded", Docker("secret", "login", "-u", "anna", "--password-stdin", app.Name).Succeeds().Stdout, StringComparison.Ordinal);
        Docker("wrong", "login", "-u", "anna", "--password-stdin", app.Name).Fails("401");
    }

    [ProgramFact("skopeo")]
    public void Skopeo_logs_in_with_a_password_and_with_a_token()
    {
        using HtpasswdFile users = new(folder.Users(("anna", "secret")));
        app.Authorizer = new HtpasswdAuthorizer(users, "test");
        Skopeo("login", "--tls-verify=false", "--authfile", folder.File("auth.json"), "-u", "anna", "-p", "secret", app.Name).Succeeds();
        Skopeo("login", "--tls-verify=false", "--authfile", folder.File("auth.json"), "-u", "anna", "-p", "wrong", app.Name).Fails("invalid username/password");
        using TokenServerSetup setup = Serve(hasCertificate: false);
        app.Authorizer = new TokenAuthorizer(setup.Trusting(app.Url + "/token"));
        Skopeo("login", "--tls-verify=false", "--authfile", folder.File("auth.json"), "-u", "anna", "-p", TokenServerSetup.Password, app.Name).Succeeds();
        Skopeo("login", "--tls-verify=false", "--authfile", folder.File("auth.json"), "-u", "anna", "-p", "wrong", app.Name).Fails("invalid username/password");
    }

    [ProgramFact("curl")]
    public void Curl_sees_passwords_and_rules()
    {
        using HtpasswdFile users = new(folder.Users(("anna", "secret"), ("robot", "secret")));
        AccessRules rules = AccessRules.Parse("""
            {"repositories":{"team/**":{"policies":[{"users":["robot"],"actions":["pull","create"]},{"users":["anna"],"actions":["*"]}]},"public/*":{"anonymousPolicy":["pull"]}}}
            """u8);
        app.Authorizer = new RuleAuthorizer(new BasicIdentitySource(users, "test"), rules);
        AssertStatus(200, "", "GET", "public/app/manifests/1");
        AssertStatus(401, "", "PUT", "public/app/manifests/1");
        AssertStatus(401, "", "GET", "team/app/manifests/1");
        AssertStatus(401, "robot:wrong", "GET", "public/app/manifests/1");
        AssertStatus(200, "robot:secret", "PUT", "team/app/manifests/1");
        AssertStatus(403, "robot:secret", "PUT", "team/app/manifests/latest");
        AssertStatus(200, "anna:secret", "PUT", "team/app/manifests/latest");
        AssertStatus(403, "robot:secret", "DELETE", "team/app/manifests/1");
        AssertStatus(403, "robot:secret", "PUT", "public/app/manifests/1");
        AssertStatus(403, "robot:secret", "POST", "team/app/blobs/uploads/?mount=sha256:0&from=other/app");
        AssertStatus(200, "robot:secret", "POST", "team/app/blobs/uploads/?mount=sha256:0&from=public/app");

        void AssertStatus(int status, string user, string method, string path)
        {
            string[] credentials = user.Length > 0 ? ["-u", user] : [];
            CommandResult answer = Curl([.. credentials, "-o", folder.File("body"), "-w", "%{http_code}", "-X", method, $"{app.Url}/v2/{path}"]);
            Assert.Equal((status, $"{user} {method} {path}"), (int.Parse(answer.Stdout), $"{user} {method} {path}"));
        }
    }

    private TokenServerSetup Serve(bool hasCertificate)
    {
        TokenServerSetup setup = new(hasCertificate);
        app.Tokens = new TokenServer(setup.Options);
        return setup;
    }

    private void PushAndPull(TokenServerSetup setup)
    {
        using TokenRegistry registry = new(app.Url + "/token", setup.CertificateFile);
        string image = Image();
        string anna = "anna:" + TokenServerSetup.Password, robot = "robot:" + TokenServerSetup.RobotPassword;
        Skopeo("copy", "--dest-creds", anna, image, $"docker://{registry.Name}/team/app:1").Succeeds();
        Skopeo("copy", "--dest-creds", anna, image, $"docker://{registry.Name}/public/app:1").Succeeds();
        // From one repository to another one, with the right to read the first.
        Skopeo("copy", "--src-creds", anna, "--dest-creds", anna, $"docker://{registry.Name}/team/app:1", $"docker://{registry.Name}/team/copy:1").Succeeds();
        string digest = Skopeo("inspect", "--creds", anna, "--format", "{{.Digest}}", $"docker://{registry.Name}/team/app:1").Succeeds().Text;
        Assert.Equal(digest, Skopeo("inspect", "--creds", robot, "--format", "{{.Digest}}", $"docker://{registry.Name}/team/copy:1").Succeeds().Text);
        Assert.Equal(digest, Skopeo("inspect", "--no-creds", "--format", "{{.Digest}}", $"docker://{registry.Name}/public/app:1").Succeeds().Text);
        // "create" is no right that another registry knows.
        Skopeo("copy", "--dest-creds", robot, image, $"docker://{registry.Name}/team/app:2").Fails("denied");
        Skopeo("copy", "--dest-creds", anna, image, $"docker://{registry.Name}/other/app:1").Fails("denied");
        Skopeo("inspect", "--no-creds", $"docker://{registry.Name}/team/app:1").Fails("denied");
        Skopeo("copy", "--dest-creds", "anna:wrong", image, $"docker://{registry.Name}/team/app:3").Fails("wrong name or password");
        Skopeo("delete", "--creds", robot, $"docker://{registry.Name}/team/app:1").Fails("authentication required", "delete");
        Skopeo("delete", "--creds", anna, $"docker://{registry.Name}/team/copy:1").Succeeds();
        Assert.Contains("auth.user.name=anna", registry.Log, StringComparison.Ordinal);
    }

    private string Image() => new SmallImage(folder, "image").Place;

    private CommandResult Skopeo(string command, params IReadOnlyList<string> arguments) => SmallImage.Skopeo(folder, command, arguments);

    private CommandResult Curl(params IReadOnlyList<string> arguments) => ChildProcess.Run(["curl", "-s", "--max-time", "60", .. arguments], SmallImage.Options(folder));

    /// <summary>Without an engine docker asks the registry itself.</summary>
    private CommandResult Docker(string input, params IReadOnlyList<string> arguments) =>
        ChildProcess.Run(["docker", "--host", "unix://" + folder.File("none.sock"), .. arguments], SmallImage.Options(folder) with { Input = input });
}
