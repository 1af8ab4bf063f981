using Keelson.Registry.Auth;

namespace Keelson.Fuzz.Targets;

/// <summary>Files of users and hashes. An error names a line and nothing that is in it.</summary>
internal sealed class RegistryHtpasswdTarget : IFuzzTarget
{
    public string Name => "registry-htpasswd";

    public void Run(ReadOnlySpan<byte> input)
    {
        try
        {
            if (HtpasswdUsers.Parse(input, 1, TimeProvider.System).Count > input.Count((byte)'\n') + 1) throw new InvalidOperationException("there are more users than lines");
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.InvalidArgument && e.Message.StartsWith("line ", StringComparison.Ordinal))
        {
            if (e.Message.Length > 120 || e.Message.Any(c => c is < ' ' or > '~')) throw new InvalidOperationException("the error has something of the file in it");
        }
    }
}
