namespace Keelson.Notary.Client;

/// <summary>Names of collections (GUN): <c>docker.io/library/busybox</c>. They become paths of files and of URLs.</summary>
internal static class GunName
{
    private const int MaximumLength = 255;

    /// <summary>The name itself.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it cannot be the name of a collection.</exception>
    public static string Check(string gun)
    {
        bool isBad = gun.Length is 0 or > MaximumLength || gun.Split('/').Any(part => part is "" or "." or ".." or "_trust")
            || gun.Any(c => c is '*' or '?' or '#' or '%' or '\\' or '"' or <= ' ' or > '~');
        return isBad ? throw new KeelsonException(ErrorKind.InvalidArgument, $"open collection '{gun}': not a name such as docker.io/library/busybox") : gun;
    }
}
