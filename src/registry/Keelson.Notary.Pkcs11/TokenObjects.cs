using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Keelson.Notary.Keys;
using Keelson.Pkcs11;

namespace Keelson.Notary.Pkcs11;

/// <summary>Keys of collections as objects of a token.</summary>
/// <remarks>
/// <code>
///             CKA_ID                CKA_LABEL
/// public      name of the key       (unused) ROLE GUN    then    ROLE GUN    from the first signature on
/// private     name of the key       ROLE GUN
/// half-made   "keelson half-made"   (half-made) SECONDS, both halves
/// </code>
/// The name of a key is known when it is made. So halves are made under another name and get theirs then, the public one last: with that there is a key, and before it there is none. What a killed
/// process leaves is known by its name, and removed when it is old, with the private half of its point. A deletion removes the private half first; a public half alone is no key.
/// </remarks>
internal static class TokenObjects
{
    public const string Ecdsa = "ecdsa", Ed25519 = "ed25519";

    private const string HalfMadeMark = "(half-made) ";

    private static ReadOnlySpan<byte> HalfMadeId => "keelson half-made"u8;

    /// <summary>Finds a key by its name.</summary>
    public static TokenKey? Find(Pkcs11Session session, string keyId)
    {
        foreach (ObjectHandle half in session.Find(Pkcs11Attribute.Class(ObjectClass.CKO_PUBLIC_KEY), Id(keyId)))
            if (TryRead(session, half) is { } key && key.Key.Id == keyId) return key;
        return null;
    }

    /// <summary>Finds the key of a role that has signed nothing yet, the first in order of their names.</summary>
    public static TokenKey? FindUnused(Pkcs11Session session, string algorithm, string gun, string role)
    {
        Pkcs11Attribute label = Pkcs11Attribute.Text(AttributeType.CKA_LABEL, new TokenLabel(gun, role, IsUnused: true).ToString());
        return session.Find(Pkcs11Attribute.Class(ObjectClass.CKO_PUBLIC_KEY), Kind(algorithm), label).Select(half => TryRead(session, half)).OfType<TokenKey>().MinBy(key => key.Key.Id, StringComparer.Ordinal);
    }

    /// <summary>Makes a key.</summary>
    /// <exception cref="KeelsonException">DataLoss: the token gave something else than a key.</exception>
    public static TokenKey Make(Pkcs11Session session, string algorithm, string gun, string role, DateTimeOffset now)
    {
        string mark = string.Create(CultureInfo.InvariantCulture, $"{HalfMadeMark}{now.ToUnixTimeSeconds()}");
        Pkcs11KeyPair pair = session.Generate(algorithm == Ed25519 ? EcCurve.Ed25519 : EcCurve.P256, mark, HalfMadeId.ToArray());
        OnlineKey key = PublicOf(session, pair.Public, gun, role) is { } made && made.Algorithm == algorithm ? made : throw new KeelsonException(ErrorKind.DataLoss, $"make a key of {algorithm}: the token gave none");
        TokenLabel label = new(gun, role, IsUnused: true);
        session.Write(pair.Private, Id(key.Id), Pkcs11Attribute.Text(AttributeType.CKA_LABEL, (label with { IsUnused = false }).ToString()));
        session.Write(pair.Public, Id(key.Id), Pkcs11Attribute.Text(AttributeType.CKA_LABEL, label.ToString()));
        return new(key, new(session.Epoch, pair), isUsed: false);
    }

    /// <summary>Says in the token that a key signs, unless another process did.</summary>
    public static void MarkUsed(Pkcs11Session session, OnlineKey key, TokenPlace place)
    {
        string label = new TokenLabel(key.Gun, key.Role, IsUnused: false).ToString();
        if (LabelOf(session, place.Pair.Public) != label) session.Write(place.Pair.Public, Pkcs11Attribute.Text(AttributeType.CKA_LABEL, label));
    }

    /// <summary>Removes a key, and what an earlier removal left of it.</summary>
    /// <returns>Whether there was one.</returns>
    public static bool Delete(Pkcs11Session session, string keyId)
    {
        bool wasThere = false;
        foreach (ObjectHandle half in session.Find(Pkcs11Attribute.Class(ObjectClass.CKO_PUBLIC_KEY), Id(keyId)))
        {
            if (PublicOf(session, half, "", "") is not { } key || key.Id != keyId) continue;
            wasThere |= DestroyPrivate(session, key) > 0;
            TryDestroy(session, half);
        }
        return wasThere;
    }

    /// <summary>Removes halves of keys that nobody makes any more.</summary>
    /// <param name="session">The session.</param>
    /// <param name="before">When those were begun that go.</param>
    /// <returns>How many objects went.</returns>
    public static int Sweep(Pkcs11Session session, DateTimeOffset before)
    {
        int count = 0;
        foreach (ObjectHandle half in session.Find(new Pkcs11Attribute(AttributeType.CKA_ID, HalfMadeId.ToArray())))
        {
            if (BegunAt(LabelOf(session, half)) is not { } seconds || seconds >= before.ToUnixTimeSeconds()) continue;
            // The private half may have its name already.
            if (PublicOf(session, half, "", "") is { } key) count += DestroyPrivate(session, key);
            if (TryDestroy(session, half)) count++;
        }
        return count;
    }

    private static long? BegunAt(string label) =>
        label.StartsWith(HalfMadeMark, StringComparison.Ordinal) && long.TryParse(label.AsSpan(HalfMadeMark.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) ? seconds : null;

    /// <summary>The key of a public half, when all of it is there.</summary>
    private static TokenKey? TryRead(Pkcs11Session session, ObjectHandle half)
    {
        if (TokenLabel.TryParse(LabelOf(session, half)) is not { } label || PublicOf(session, half, label.Gun, label.Role) is not { } key) return null;
        if (!Id(key.Id).Value.Span.SequenceEqual(session.Read(half, AttributeType.CKA_ID))) return null;
        IReadOnlyList<ObjectHandle> secrets = PrivateOf(session, key);
        return secrets.Count == 0 ? null : new(key, new(session.Epoch, new(half, secrets[0])), isUsed: !label.IsUnused);
    }

    private static OnlineKey? PublicOf(Pkcs11Session session, ObjectHandle half, string gun, string role)
    {
        if (session.ReadPublicKey(half) is not { } key) return null;
        if (key.Curve == EcCurve.Ed25519) return new(KeyName.Of(Ed25519, key.Point.Span), Ed25519, key.Point, gun, role);
        byte[] info = key.ToSubjectPublicKeyInfo();
        try
        {
            using ECDsa parsed = ECDsa.Create();
            parsed.ImportSubjectPublicKeyInfo(info, out _);
        }
        catch (CryptographicException)
        {
            // The point is not on the curve.
            return null;
        }
        return new(KeyName.Of(Ecdsa, info), Ecdsa, info, gun, role);
    }

    private static string LabelOf(Pkcs11Session session, ObjectHandle half) => session.Read(half, AttributeType.CKA_LABEL) is { } label ? Encoding.UTF8.GetString(label) : "";

    private static IReadOnlyList<ObjectHandle> PrivateOf(Pkcs11Session session, OnlineKey key) => session.Find(Pkcs11Attribute.Class(ObjectClass.CKO_PRIVATE_KEY), Kind(key.Algorithm), Id(key.Id));

    private static int DestroyPrivate(Pkcs11Session session, OnlineKey key) => PrivateOf(session, key).Count(secret => TryDestroy(session, secret));

    private static bool TryDestroy(Pkcs11Session session, ObjectHandle item)
    {
        try
        {
            session.Destroy(item);
            return true;
        }
        catch (Pkcs11Exception e) when (e.Code == ReturnValue.CKR_OBJECT_HANDLE_INVALID)
        {
            // Another process was faster.
            return false;
        }
    }

    private static Pkcs11Attribute Id(string keyId) => new(AttributeType.CKA_ID, Convert.FromHexString(keyId));

    private static Pkcs11Attribute Kind(string algorithm) => Pkcs11Attribute.Key(algorithm == Ed25519 ? KeyType.CKK_EC_EDWARDS : KeyType.CKK_EC);
}
