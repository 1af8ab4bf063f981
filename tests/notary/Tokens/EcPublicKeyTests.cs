using System.Security.Cryptography;
using Keelson.Pkcs11;

namespace Keelson.Notary.Tests.Tokens;

/// <summary>Curves and points in the forms that tokens have.</summary>
public sealed class EcPublicKeyTests
{
    private static readonly byte[] P256 = Convert.FromHexString("06082A8648CE3D030107"), Ed25519 = Convert.FromHexString("06032B6570");

    [Fact]
    public void A_point_of_P256_is_read_bare_and_as_octet_string_and_is_what_the_framework_has()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] info = key.ExportSubjectPublicKeyInfo(), point = info[^65..];
        foreach (byte[] value in (byte[][])[point, [4, 65, .. point], [3, 66, 0, .. point]])
        {
            EcPublicKey read = EcPublicKey.TryRead(P256, value)!;
            Assert.Equal(EcCurve.P256, read.Curve);
            Assert.Equal(info, read.ToSubjectPublicKeyInfo());
        }
    }

    [Fact]
    public void A_point_of_Ed25519_is_read_in_all_its_forms()
    {
        byte[] point = RandomNumberGenerator.GetBytes(32);
        foreach (byte[] parameters in (byte[][])[Ed25519, [0x13, 12, .. "edwards25519"u8], Convert.FromHexString("06092B06010401DA470F01")])
            foreach (byte[] value in (byte[][])[point, [4, 32, .. point], [3, 33, 0, .. point]])
                Assert.Equal([.. Convert.FromHexString("302A300506032B6570032100"), .. point], EcPublicKey.TryRead(parameters, value)!.ToSubjectPublicKeyInfo());
    }

    [Fact]
    public void Everything_else_is_no_key()
    {
        byte[] p256 = [4, .. RandomNumberGenerator.GetBytes(64)], ed25519 = RandomNumberGenerator.GetBytes(32);
        Assert.NotNull(EcPublicKey.TryRead(P256, p256));
        (byte[] Parameters, byte[] Point)[] wrong =
        [
            (P256, []), (P256, p256[..64]), (P256, [.. p256, 0]), (P256, [2, .. p256[1..]]), (P256, [2, .. p256[1..33]]), (P256, [4, 64, .. p256]), (P256, [5, 65, .. p256]), (P256, [3, 66, 1, .. p256]),
            (P256, [4, 65, 2, .. p256[1..]]), (P256, [4, 0x81, 65, .. p256]), (P256, ed25519),
            (Ed25519, []), (Ed25519, ed25519[..31]), (Ed25519, [4, 31, .. ed25519]), (Ed25519, [3, 33, 7, .. ed25519]), (Ed25519, p256),
            ([], p256), (P256[..^1], p256), ([.. P256, 0], p256), (Convert.FromHexString("06052B81040022"), p256), ([0x13, 12, .. "edwards25518"u8], ed25519),
        ];
        foreach ((byte[] parameters, byte[] point) in wrong) Assert.Null(EcPublicKey.TryRead(parameters, point));
    }
}
