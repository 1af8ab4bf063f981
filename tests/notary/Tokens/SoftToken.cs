using System.Runtime.InteropServices;
using Keelson.Notary.Pkcs11;
using Keelson.Pkcs11;

namespace Keelson.Notary.Tests.Tokens;

/// <summary>A token of SoftHSM: files in a directory of its own.</summary>
internal sealed partial class SoftToken : IDisposable
{
    public const string Module = "/usr/lib/softhsm/libsofthsm2.so", Pin = "4711-secret", Label = "keelson";

    private readonly string folder = TestDirectory.Make("token");

    public SoftToken(string label = Label)
    {
        Programs.Need("softhsm2-util", "pkcs11-tool");
        Directory.CreateDirectory(Files);
        File.WriteAllText(Configuration, $"directories.tokendir = {Files}\n");
        Add(label);
    }

    /// <summary>Where the module looks for its configuration in this process, which reads it whenever it is initialised.</summary>
    public static string OwnConfiguration { get; } = TestDirectory.Root + "/softhsm2.conf";

    /// <summary>Its configuration, for other processes.</summary>
    public string Configuration => folder + "/softhsm2.conf";

    /// <summary>The files of the token.</summary>
    public string Files => folder + "/tokens";

    /// <summary>What other processes need in their environment.</summary>
    public Dictionary<string, string> Environment => new() { ["SOFTHSM2_CONF"] = Configuration, ["DOTNET_ROOT"] = System.Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "/usr/share/dotnet" };

    public TokenKeyOptions Options => new() { Module = Module, Token = TokenOptions };

    public static Pkcs11TokenOptions TokenOptions => new() { Label = Label, Pin = Pin };

    /// <summary>Tells this process where the module's configuration will be. The module asks the C library, which .NET's own environment says nothing to.</summary>
    public static void Prepare()
    {
        if (setenv("SOFTHSM2_CONF", OwnConfiguration, 1) != 0) throw new InvalidOperationException("setenv failed");
    }

    /// <summary>Makes this token the one that the module sees here from its next initialisation on.</summary>
    public SoftToken Use()
    {
        File.Copy(Configuration, OwnConfiguration, overwrite: true);
        return this;
    }

    /// <summary>Sets another token up beside it.</summary>
    public void Add(string label) => Run("softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "12345678", "--pin", Pin);

    /// <summary>Runs pkcs11-tool as the user who is logged in.</summary>
    public string Tool(params ReadOnlySpan<string> arguments) => Run(["pkcs11-tool", "--module", Module, "--token-label", Label, "--login", "--pin", Pin, .. arguments]);

    /// <summary>Runs a program that shall succeed.</summary>
    public string Run(params IReadOnlyList<string> line) => ChildProcess.Run(line, new() { Environment = Environment }).Succeeds().Stdout;

    public void Dispose() => TestDirectory.Remove(folder);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}

/// <summary>Tests that use the module in this process, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class SoftTokenCollection
{
    public const string Name = "softhsm";
}
