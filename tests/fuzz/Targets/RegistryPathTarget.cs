using System.Text;
using Keelson.Oci;
using Keelson.Registry;
using Keelson.Registry.Browse;
using Keelson.Registry.Http;

namespace Keelson.Fuzz.Targets;

/// <summary>Paths of the registry's APIs. A name that passes is one of a repository and has no way out of the store; what a path was taken apart into makes it again.</summary>
internal sealed class RegistryPathTarget : IFuzzTarget
{
    public string Name => "registry-path";

    public void Run(ReadOnlySpan<byte> input)
    {
        string text = Encoding.UTF8.GetString(input);
        RegistryPath path = RegistryPath.Parse(text);
        if (path.Endpoint != RegistryEndpoint.None)
        {
            Check(() => path.Repository);
            Refusable(() => path.Digest.ToString());
            string? again = path.Endpoint switch
            {
                RegistryEndpoint.Blob => $"/v2/{path.Name}/blobs/{path.Reference}",
                RegistryEndpoint.Manifest => $"/v2/{path.Name}/manifests/{path.Reference}",
                RegistryEndpoint.Upload => $"/v2/{path.Name}/blobs/uploads/{path.Reference}",
                RegistryEndpoint.Referrers => $"/v2/{path.Name}/referrers/{path.Reference}",
                RegistryEndpoint.Tags => $"/v2/{path.Name}/tags/list",
                _ => null,
            };
            if (again is not null && again != text) throw new InvalidOperationException($"'{text}' became '{again}'");
        }
        BrowsePath browse = BrowsePath.Parse(text);
        if (browse.Endpoint is BrowseEndpoint.None or BrowseEndpoint.Repositories) return;
        Check(() => browse.Repository);
        Refusable(() => browse.Digest?.ToString() ?? browse.Tag);
    }

    private static void Check(Func<string> read)
    {
        if (Refusable(read) is { } name && (!RepositoryName.IsPath(name) || name.Contains("..", StringComparison.Ordinal) || name.Split('/').Any(part => part.StartsWith('_') || part.StartsWith('.'))))
            throw new InvalidOperationException($"'{name}' passes for a repository");
    }

    private static string? Refusable(Func<string> read)
    {
        try
        {
            return read();
        }
        catch (RegistryFault)
        {
            return null;
        }
    }
}
