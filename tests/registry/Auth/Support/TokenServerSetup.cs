using System.Text;
using Keelson.Registry.Auth;

namespace Keelson.Registry.Tests.Auth;

/// <summary>A token server with users, rules and a key of its own.</summary>
internal sealed class TokenServerSetup : IDisposable
{
    public const string Issuer = "test issuer", Service = "test registry", Password = "anna's:password", RobotPassword = "robot password";

    public Folder Folder { get; } = new();
    public TestClock Clock { get; } = new();
    public TestLog Log { get; } = new();
    public HtpasswdFile Users { get; }
    public TokenSigningKey Key { get; }
    public TokenServerOptions Options { get; }

    /// <summary>Rules: anna does all below <c>team</c>, robot creates there, everybody pulls from <c>public</c>, root is the administrator.</summary>
    public TokenServerSetup(bool hasCertificate = false)
    {
        Users = new HtpasswdFile(Folder.Users(("anna", Password), ("robot", RobotPassword), ("root", "root's password")), new() { Time = Clock, Log = Log });
        Key = TokenSigningKey.LoadOrCreate(Folder.File("token.key"));
        AccessRules rules = AccessRules.Parse(Encoding.UTF8.GetBytes("""
            {
              "repositories": {
                "team/**": { "policies": [{ "users": ["anna"], "actions": ["pull", "push", "delete"] }, { "users": ["robot"], "actions": ["pull", "create"] }] },
                "public/**": { "anonymousPolicy": ["pull"], "policies": [{ "users": ["anna"], "actions": ["*"] }] }
              },
              "adminPolicy": { "users": ["root"], "actions": ["*"] }
            }
            """));
        Options = new()
        {
            Issuer = Issuer,
            Services = [Service],
            Users = Users,
            Rules = () => rules,
            Key = Key,
            Certificate = hasCertificate ? Key.LoadOrCreateCertificate(CertificateFile) : null,
            Time = Clock,
            Log = Log,
        };
        if (!hasCertificate) Key.LoadOrCreateCertificate(CertificateFile).Dispose();
    }

    public string CertificateFile => Folder.File("token.pem");

    /// <summary>What a registry has to be told to take its tokens.</summary>
    public TokenOptions Trusting(string realm) => new()
    {
        Realm = realm,
        Service = Service,
        Issuers = [Issuer],
        KeySet = Folder.Write("jwks.json", Encoding.UTF8.GetString(Key.KeySet())),
        Time = Clock,
        Log = Log,
    };

    public void Dispose()
    {
        Options.Certificate?.Dispose();
        Key.Dispose();
        Users.Dispose();
        Folder.Dispose();
    }
}
