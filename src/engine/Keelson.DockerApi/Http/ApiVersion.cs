using System.Globalization;

namespace Keelson.DockerApi.Http;

/// <summary>A version of the Docker Engine API.</summary>
/// <param name="Major">The first number.</param>
/// <param name="Minor">The second.</param>
internal readonly record struct ApiVersion(int Major, int Minor) : IComparable<ApiVersion>
{
    /// <summary>The newest one that is spoken; requests without a version mean it.</summary>
    public static readonly ApiVersion Newest = new(1, 41);

    /// <summary>The oldest one that is taken. Answers of it do not differ from those of the newest.</summary>
    public static readonly ApiVersion Oldest = new(1, 24);

    /// <summary>Takes the version off the front of a path.</summary>
    /// <param name="path">A path; what comes after <c>/v1.41</c> when it begins with a version.</param>
    /// <exception cref="ApiException">400: the version is not spoken.</exception>
    public static ApiVersion Take(ref ReadOnlySpan<char> path)
    {
        if (!path.StartsWith("/v")) return Newest;
        ReadOnlySpan<char> rest = path[2..];
        int end = rest.IndexOf('/');
        if (end < 0 || !TryParse(rest[..end], out ApiVersion version)) return Newest;
        path = rest[end..];
        if (version.CompareTo(Newest) > 0) throw ApiException.BadRequest($"client version {version} is too new. Maximum supported API version is {Newest}");
        if (version.CompareTo(Oldest) < 0) throw ApiException.BadRequest($"client version {version} is too old. Minimum supported API version is {Oldest}, please upgrade your client to a newer version");
        return version;
    }

    /// <inheritdoc/>
    public int CompareTo(ApiVersion other) => Major != other.Major ? Major.CompareTo(other.Major) : Minor.CompareTo(other.Minor);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}");

    private static bool TryParse(ReadOnlySpan<char> text, out ApiVersion version)
    {
        int dot = text.IndexOf('.'), minor = 0;
        version = default;
        if (dot < 0 || !int.TryParse(text[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out int major)
            || !int.TryParse(text[(dot + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out minor)) return false;
        version = new(major, minor);
        return true;
    }
}
