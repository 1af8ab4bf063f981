using System.Buffers.Text;
using System.Formats.Asn1;
using Keelson.Registry.Auth;

namespace Keelson.Registry.Tests.Auth;

/// <summary>Tokens and certificates that openssl made, taken by ours.</summary>
public sealed class ForeignTokenTests : IDisposable
{
    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    [ProgramFact("openssl")]
    public void RSA_with_a_chain_of_certificates() => AssertTaken("RS256", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], ["-sha256"]);

    [ProgramFact("openssl")]
    public void RSA_with_SHA_512() => AssertTaken("RS512", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], ["-sha512"]);

    [ProgramFact("openssl")]
    public void RSA_PSS() => AssertTaken("PS256", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], ["-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]);

    [ProgramFact("openssl")]
    public void ECDSA_on_P_256() => AssertTaken("ES256", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], ["-sha256"]);

    [ProgramFact("openssl")]
    public void ECDSA_on_P_384() => AssertTaken("ES384", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"], ["-sha384"]);

    [ProgramFact("openssl")]
    public void ECDSA_on_P_521() => AssertTaken("ES512", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"], ["-sha512"]);

    [ProgramFact("openssl")]
    public void EdDSA_is_not_known_and_its_certificates_are_refused_at_the_start()
    {
        Run("genpkey", "-algorithm", "ED25519", "-out", folder.File("key.pem"));
        Run("req", "-x509", "-key", folder.File("key.pem"), "-subj", "/CN=ed", "-days", "2", "-out", folder.File("root.pem"));
        Assert.Contains("neither RSA nor ECDSA", Assert.Throws<KeelsonException>(() => Options("root.pem").Verifier()).Message, StringComparison.Ordinal);
    }

    /// <summary>The token is signed by openssl's key; its chain (root, intermediate, leaf) is of openssl's making.</summary>
    private void AssertTaken(string algorithm, string[] keyKind, string[] signing)
    {
        foreach (string name in (string[])["root", "middle"]) Run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", folder.File(name + ".key"));
        Run(["genpkey", .. keyKind, "-out", folder.File("leaf.key")]);
        folder.Write("ca.ext", "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign\n");
        folder.Write("leaf.ext", "basicConstraints=critical,CA:false\n");
        Run("req", "-x509", "-key", folder.File("root.key"), "-subj", "/CN=root", "-days", "2", "-out", folder.File("root.pem"), "-addext", "keyUsage=critical,keyCertSign");
        Issue("middle", "root", "ca.ext");
        Issue("leaf", "middle", "leaf.ext");
        string chain = string.Join(',', ((string[])["leaf", "middle"]).Select(name => $"\"{Der(name)}\""));
        string withChain = Sign($$"""{"typ":"JWT","alg":"{{algorithm}}","x5c":[{{chain}}]}""", algorithm, signing, "leaf.key");
        string byName = Sign($$"""{"typ":"JWT","alg":"{{algorithm}}","kid":"{{LibtrustId("leaf.key")}}"}""", algorithm, signing, "leaf.key");
        Run("req", "-x509", "-key", folder.File("leaf.key"), "-subj", "/CN=single", "-days", "2", "-out", folder.File("single.pem"));
        TokenVerifier verifier = Options("root.pem").Verifier();
        Assert.NotNull(verifier.Verify(withChain, out string reason));
        Assert.Equal("", reason);
        Assert.NotNull(Options("single.pem").Verifier().Verify(byName, out _));
        Assert.Null(verifier.Verify(byName, out _));
        // Without the certificate between, and with the root of somebody else.
        Assert.Null(verifier.Verify(Sign($$"""{"typ":"JWT","alg":"{{algorithm}}","x5c":["{{Der("leaf")}}"]}""", algorithm, signing, "leaf.key"), out _));
        Run("req", "-x509", "-key", folder.File("middle.key"), "-subj", "/CN=root", "-days", "2", "-out", folder.File("other.pem"));
        Assert.Null(Options("other.pem").Verifier().Verify(withChain, out _));
    }

    private void Issue(string name, string by, string extensions)
    {
        Run("req", "-new", "-key", folder.File(name + ".key"), "-subj", "/CN=" + name, "-out", folder.File(name + ".csr"));
        Run("x509", "-req", "-in", folder.File(name + ".csr"), "-CA", folder.File(by + ".pem"), "-CAkey", folder.File(by + ".key"), "-CAcreateserial", "-days", "2", "-extfile", folder.File(extensions), "-out", folder.File(name + ".pem"));
    }

    private string Sign(string header, string algorithm, string[] signing, string key)
    {
        string text = TokenForge.Encode(header) + "." + TokenForge.Encode(TokenForge.Claims().ToJsonString());
        Run(["dgst", .. signing, "-sign", folder.File(key), "-out", folder.File("signature"), folder.Write("text", text)]);
        byte[] signature = File.ReadAllBytes(folder.File("signature"));
        return text + "." + Base64Url.EncodeToString(algorithm.StartsWith("ES", StringComparison.Ordinal) ? Fixed(signature, algorithm switch { "ES256" => 32, "ES384" => 48, _ => 66 }) : signature);
    }

    /// <summary>openssl writes both numbers of a signature in DER; a token has them one behind the other.</summary>
    private static byte[] Fixed(byte[] der, int size)
    {
        AsnReader numbers = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        byte[] both = new byte[2 * size];
        for (int end = size; end <= both.Length; end += size)
        {
            byte[] number = numbers.ReadInteger().ToByteArray(isUnsigned: true, isBigEndian: true);
            number.CopyTo(both, end - number.Length);
        }
        return both;
    }

    private string Der(string name)
    {
        Run("x509", "-in", folder.File(name + ".pem"), "-outform", "DER", "-out", folder.File(name + ".der"));
        return Convert.ToBase64String(File.ReadAllBytes(folder.File(name + ".der")));
    }

    /// <summary>Docker's name of a key, made by openssl's hash and not by ours.</summary>
    private string LibtrustId(string key)
    {
        Run("pkey", "-in", folder.File(key), "-pubout", "-outform", "DER", "-out", folder.File("public.der"));
        Run("dgst", "-sha256", "-binary", "-out", folder.File("hash"), folder.File("public.der"));
        folder.Write("short", "");
        File.WriteAllBytes(folder.File("short"), File.ReadAllBytes(folder.File("hash"))[..30]);
        string digits = ChildProcess.Run(["base32", "-w0", folder.File("short")]).Succeeds().Stdout;
        return string.Join(':', digits.Chunk(4).Select(group => new string(group)));
    }

    private TokenOptions Options(string roots) => new() { Realm = "r", Service = TokenForge.Service, Issuers = [TokenForge.Issuer], RootCertificates = folder.File(roots) };

    private static void Run(params IReadOnlyList<string> arguments) => ChildProcess.Run(["openssl", .. arguments], new CommandOptions { Limit = TimeSpan.FromSeconds(120) }).Succeeds();
}
