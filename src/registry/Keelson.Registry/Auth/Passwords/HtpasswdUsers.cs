using System.Buffers;
using System.Collections.Concurrent;
using System.Text;

namespace Keelson.Registry.Auth;

/// <summary>What an htpasswd file says, and which credentials were found right since it was read.</summary>
/// <remarks>Apache's <c>htpasswd -B</c>: a line <c>NAME:$2y$COST$…</c> for each user; empty lines and lines that begin with <c>#</c> are left out.</remarks>
internal sealed class HtpasswdUsers
{
    /// <summary>Cheapest and dearest cost that is taken. At 15 a check takes about two seconds; each step doubles it.</summary>
    public const int MinCost = 4, MaxCost = 15;

    private const int HashLength = 60, MaxUsers = 100_000;
    private static readonly SearchValues<char> HashDigits = SearchValues.Create("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private readonly Dictionary<string, string> hashes;
    private readonly string[] all;

    private HtpasswdUsers(Dictionary<string, string> hashes, BoundedCache<Fingerprint, bool> verified)
    {
        this.hashes = hashes;
        all = [.. hashes.Values];
        Verified = verified;
    }

    /// <summary>Credentials that were right. They are forgotten with this object, when the file changes.</summary>
    public BoundedCache<Fingerprint, bool> Verified { get; }

    /// <summary>Checks that are under way.</summary>
    public ConcurrentDictionary<Fingerprint, Lazy<Task<bool>>> Flights { get; } = new();

    /// <summary>How many users there are.</summary>
    public int Count => all.Length;

    /// <summary>The hash of a user; <see langword="null"/> when there is none of that name.</summary>
    public string? Find(string user) => hashes.GetValueOrDefault(user);

    /// <summary>
    /// A hash to check a password of an unknown user against, whose result is not used: always the same one for a name, so that costs that differ between users do not
    /// tell which names there are.
    /// </summary>
    public string? StandIn(in Fingerprint name) => all.Length == 0 ? null : all[name.A % (ulong)all.Length];

    /// <summary>Reads a file.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a line is not right. The message has its number and nothing of what is in it.</exception>
    public static HtpasswdUsers Parse(ReadOnlySpan<byte> file, int cacheSize, TimeProvider time)
    {
        Dictionary<string, string> hashes = new(StringComparer.Ordinal);
        if (file.StartsWith(Encoding.UTF8.Preamble)) file = file[Encoding.UTF8.Preamble.Length..];
        int number = 0;
        foreach (Range range in file.Split((byte)'\n'))
        {
            number++;
            ReadOnlySpan<byte> bytes = file[range];
            if (bytes.EndsWith((byte)'\r')) bytes = bytes[..^1];
            if (bytes.IsEmpty || bytes[0] == '#' || bytes.IndexOfAnyExcept((byte)' ', (byte)'\t') < 0) continue;
            string line;
            try
            {
                line = Strict.GetString(bytes);
            }
            catch (DecoderFallbackException)
            {
                throw Wrong(number, "it is not UTF-8");
            }
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0) throw Wrong(number, "there is no colon behind a name");
            string user = line[..colon], hash = line[(colon + 1)..];
            if (!RegistryIdentity.IsName(user)) throw Wrong(number, "the name is empty, too long, or has control characters");
            if (Fault(hash) is { } fault) throw Wrong(number, fault);
            if (hashes.Count == MaxUsers) throw Wrong(number, $"more than {MaxUsers} users");
            if (!hashes.TryAdd(user, hash)) throw Wrong(number, "the user is there twice");
        }
        return new HtpasswdUsers(hashes, new BoundedCache<Fingerprint, bool>(cacheSize, time));
    }

    /// <summary>The cost that stands in a hash: bcrypt does 2 to the power of it rounds.</summary>
    public static int Cost(string hash) => (hash[4] - '0') * 10 + hash[5] - '0';

    /// <summary>What is wrong with a hash; <see langword="null"/> when it can be used.</summary>
    private static string? Fault(string hash)
    {
        if (hash.Length < 4 || hash[..4] is not ("$2y$" or "$2a$" or "$2b$")) return "the password is not hashed by bcrypt; make it with htpasswd -B";
        if (hash.Length != HashLength || hash[6] != '$' || hash.AsSpan(7).ContainsAnyExcept(HashDigits)) return "the bcrypt hash is not whole";
        if (!char.IsAsciiDigit(hash[4]) || !char.IsAsciiDigit(hash[5])) return "the bcrypt hash has no cost";
        int cost = Cost(hash);
        return cost is < MinCost or > MaxCost ? $"the cost {cost} of the bcrypt hash is not between {MinCost} and {MaxCost}" : null;
    }

    private static KeelsonException Wrong(int line, string reason) => new(ErrorKind.InvalidArgument, $"line {line}: {reason}");
}
