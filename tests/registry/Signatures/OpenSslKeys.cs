using System.Buffers.Text;
using System.Text;

namespace Keelson.Registry.Tests.Signatures;

/// <summary>Keys, certificates and signatures made by openssl, in a folder of their own.</summary>
internal sealed class OpenSslKeys : IDisposable
{
    private readonly string folder = TestDirectory.Make("keys");
    private int files;

    public string Folder => folder;

    /// <summary>Makes a key pair.</summary>
    /// <param name="name">Its name; the public key is <c>NAME.pub</c>.</param>
    /// <param name="kind">Words of genpkey: <c>EC -pkeyopt ec_paramgen_curve:P-256</c>.</param>
    /// <returns>The file of the public key.</returns>
    public string Make(string name, string kind = "EC -pkeyopt ec_paramgen_curve:P-256")
    {
        Run(["genpkey", "-algorithm", .. kind.Split(' '), "-out", $"{folder}/{name}.key"]);
        Run(["pkey", "-in", $"{folder}/{name}.key", "-pubout", "-out", Public(name)]);
        return Public(name);
    }

    public string Public(string name) => $"{folder}/{name}.pub";

    /// <summary>Signs as cosign does.</summary>
    /// <returns>The signature in base64.</returns>
    public string Sign(string name, byte[] content, params IReadOnlyList<string> options) => Convert.ToBase64String(SignBytes(name, content, "sha256", options));

    /// <summary>Makes a root, and a certificate for signing code by it.</summary>
    /// <returns>The file of the root.</returns>
    public string MakeCertificate(string name, string kind, string usage = "codeSigning", string days = "30")
    {
        Make(name, kind);
        Make(name + "-root");
        Run(["req", "-x509", "-new", "-key", $"{folder}/{name}-root.key", "-subj", $"/CN={name} root", "-days", "365", "-addext", "keyUsage=critical,keyCertSign", "-out", $"{folder}/{name}-root.crt"]);
        File.WriteAllText($"{folder}/{name}.ext", $"keyUsage=critical,digitalSignature\nextendedKeyUsage={usage}\nbasicConstraints=critical,CA:false\n");
        Run(["req", "-new", "-key", $"{folder}/{name}.key", "-subj", $"/CN={name}", "-out", $"{folder}/{name}.csr"]);
        Run(["x509", "-req", "-in", $"{folder}/{name}.csr", "-CA", $"{folder}/{name}-root.crt", "-CAkey", $"{folder}/{name}-root.key", "-CAcreateserial", "-days", days, "-extfile", $"{folder}/{name}.ext", "-out", $"{folder}/{name}.crt"]);
        return $"{folder}/{name}-root.crt";
    }

    /// <summary>An envelope of notation.</summary>
    /// <param name="name">The certificate.</param>
    /// <param name="payload">What is signed.</param>
    /// <param name="header">The protected header.</param>
    /// <param name="isRsa">Whether the key is RSA.</param>
    public byte[] Envelope(string name, string payload, string header, bool isRsa)
    {
        string signed = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header)) + "." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload));
        byte[] signature = isRsa
            ? SignBytes(name, Encoding.ASCII.GetBytes(signed), "sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32")
            : FromDer(SignBytes(name, Encoding.ASCII.GetBytes(signed), "sha256"));
        string[] chain = [.. ((string[])[name, name + "-root"]).Select(certificate => '"' + string.Concat(File.ReadAllLines($"{folder}/{certificate}.crt").Where(line => !line.StartsWith('-'))) + '"')];
        string[] parts = signed.Split('.');
        return Encoding.ASCII.GetBytes($$$"""{"payload":"{{{parts[1]}}}","protected":"{{{parts[0]}}}","header":{"x5c":[{{{string.Join(',', chain)}}}],"io.cncf.notary.signingAgent":"test"},"signature":"{{{Base64Url.EncodeToString(signature)}}}"}""");
    }

    public void Dispose() => TestDirectory.Remove(folder);

    private byte[] SignBytes(string name, byte[] content, string hash, params IReadOnlyList<string> options)
    {
        string file = $"{folder}/{Interlocked.Increment(ref files)}";
        File.WriteAllBytes(file, content);
        Run(["dgst", "-" + hash, "-sign", $"{folder}/{name}.key", .. options, "-out", file + ".sig", file]);
        return File.ReadAllBytes(file + ".sig");
    }

    /// <summary>Of the two numbers of an ECDSA signature in DER, 32 bytes each.</summary>
    private static byte[] FromDer(byte[] der)
    {
        byte[] both = new byte[64];
        int at = 2;
        for (int i = 0; i < 2; i++)
        {
            int length = der[at + 1];
            ReadOnlySpan<byte> number = der.AsSpan(at + 2, length).TrimStart((byte)0);
            number.CopyTo(both.AsSpan(32 * (i + 1) - number.Length));
            at += 2 + length;
        }
        return both;
    }

    private static void Run(IReadOnlyList<string> arguments)
    {
        CommandResult result = ChildProcess.Run(["openssl", .. arguments], new() { Limit = TimeSpan.FromSeconds(60) });
        Assert.True(result.ExitCode == 0, result.Stderr);
    }
}
