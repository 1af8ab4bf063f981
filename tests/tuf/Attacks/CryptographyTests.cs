using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Keelson.Tuf.Tests.Attacks;

/// <summary>Group 10: keys and signatures that only look right.</summary>
public sealed class CryptographyTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static IEnumerable<TheoryDataRow<string, string>> Signers =>
        from dialect in (string[])["TUF 1.0", "notary"]
        from kind in (string[])["p256", "p384", "ed25519", "rsa-pss", "rsa-pkcs1"]
        select new TheoryDataRow<string, string>(dialect, kind);

    [Theory]
    [InlineData("ed448", "AAAA+/0=", """{"keytype":"ed448","keyval":{"private":null,"public":"AAAA+/0="}}""")]
    [InlineData("a-b", "", """{"keytype":"a-b","keyval":{"private":null,"public":""}}""")]
    [InlineData("a\"b", "c\\d", """{"keytype":"a\"b","keyval":{"private":null,"public":"c\\d"}}""")]
    [InlineData("<é>", "a\nb", "{\"keytype\":\"<é>\",\"keyval\":{\"private\":null,\"public\":\"a\nb\"}}")]
    public void A_key_of_notary_is_named_by_its_canonical_form_whatever_it_is_made_of(string type, string text, string canonical)
    {
        JsonObject key = new() { ["keytype"] = type, ["keyval"] = new JsonObject { ["private"] = null, ["public"] = text } };
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical))), new NotaryDialect().ReadKey(TufJson.Parse(Encoding.UTF8.GetBytes(key.ToJsonString()))).Id);
    }

    [Theory]
    [MemberData(nameof(Signers))]
    public void A_signature_is_right_for_its_data_alone(string dialectName, string kind)
    {
        ITufDialect dialect = TestRepository.DialectOf(dialectName);
        ITufSigner signer = Make(kind);
        TufKey key = dialect.KeyOf(signer);
        JsonObject signature = dialect.Sign(key.Id, signer, "data"u8);
        TufSignature read = dialect.ReadSignature(TufJson.Parse(Encoding.UTF8.GetBytes(signature.ToJsonString())));
        TufKey again = dialect.ReadKey(key.Id, TufJson.Parse(Encoding.UTF8.GetBytes(dialect.WriteKey(key).ToJsonString())));
        Assert.True(again.Verifier!.Verify("data"u8, read.Value.Span, read.Method));
        Assert.False(again.Verifier.Verify("datA"u8, read.Value.Span, read.Method));
        byte[] bent = read.Value.ToArray();
        bent[^1] ^= 1;
        Assert.False(again.Verifier.Verify("data"u8, bent, read.Method));
        Assert.False(again.Verifier.Verify("data"u8, read.Value.Span[..^1], read.Method));
        Assert.False(again.Verifier.Verify("data"u8, [], read.Method));
        Assert.False(dialect.KeyOf(Make(kind)).Verifier!.Verify("data"u8, read.Value.Span, read.Method));
    }

    [Theory]
    [InlineData("TUF 1.0")]
    [InlineData("notary")]
    public void RSA_of_1024_bits_is_refused(string dialectName)
    {
        using RSA weak = RSA.Create(1024);
        ITufDialect dialect = TestRepository.DialectOf(dialectName);
        JsonObject key = dialectName == "notary" ? NotaryKey("rsa", weak.ExportSubjectPublicKeyInfo()) : OneKey("rsa", "rsassa-pss-sha256", weak.ExportSubjectPublicKeyInfoPem());
        Assert.Equal(TufFault.BadKey, Refused(dialect, key));
        Assert.Throws<TufException>(() => new RsaSigner(weak));
    }

    [Fact]
    public void ECDSA_signatures_have_the_form_of_the_dialect()
    {
        EcdsaSigner signer = EcdsaSigner.Generate();
        byte[] plain = signer.Sign("data"u8), der = EcdsaDer.FromFixed(plain);
        ITufVerifier one = new TufOneDialect().KeyOf(signer).Verifier!, notary = new NotaryDialect().KeyOf(signer).Verifier!;
        Assert.True(one.Verify("data"u8, der, null));
        Assert.False(one.Verify("data"u8, plain, null));
        Assert.True(notary.Verify("data"u8, plain, "ecdsa"));
        Assert.False(notary.Verify("data"u8, der, "ecdsa"));
        Assert.False(notary.Verify("data"u8, [.. plain, 0], "ecdsa"));
        Assert.False(one.Verify("data"u8, [.. der, 0], null));
    }

    [Fact]
    public void ECDSA_signatures_of_zero_are_refused()
    {
        EcdsaSigner signer = EcdsaSigner.Generate();
        byte[] right = signer.Sign("data"u8);
        ITufVerifier one = new TufOneDialect().KeyOf(signer).Verifier!, notary = new NotaryDialect().KeyOf(signer).Verifier!;
        foreach ((bool r, bool s) in ((bool, bool)[])[(true, false), (false, true), (true, true)])
        {
            byte[] zero = [.. right];
            if (r) zero.AsSpan(0, 32).Clear();
            if (s) zero.AsSpan(32).Clear();
            Assert.False(notary.Verify("data"u8, zero, "ecdsa"));
            Assert.False(one.Verify("data"u8, EcdsaDer.FromFixed(zero), null));
        }
    }

    [Theory]
    [InlineData("eddsa")]
    [InlineData("rsapss")]
    [InlineData("none")]
    [InlineData(null)]
    public void A_notary_method_that_is_not_the_keys_is_refused(string? method)
    {
        EcdsaSigner signer = EcdsaSigner.Generate();
        Assert.False(new NotaryDialect().KeyOf(signer).Verifier!.Verify("data"u8, signer.Sign("data"u8), method));
    }

    [Fact]
    public void A_key_on_another_curve_than_its_scheme_is_refused()
    {
        using ECDsa p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384), p521 = ECDsa.Create(ECCurve.NamedCurves.nistP521), other = ECDsa.Create(ECCurve.NamedCurves.brainpoolP256r1);
        Assert.Equal(TufFault.BadKey, Refused(new TufOneDialect(), OneKey("ecdsa", "ecdsa-sha2-nistp256", p384.ExportSubjectPublicKeyInfoPem())));
        Assert.Equal(TufFault.BadKey, Refused(new TufOneDialect(), OneKey("ecdsa", "ecdsa-sha2-nistp256", other.ExportSubjectPublicKeyInfoPem())));
        Assert.Equal(TufFault.BadKey, Refused(new NotaryDialect(), NotaryKey("ecdsa", p521.ExportSubjectPublicKeyInfo())));
        Assert.Equal(TufFault.BadKey, Refused(new NotaryDialect(), NotaryKey("ecdsa", [.. p384.ExportSubjectPublicKeyInfo(), 0])));
    }

    [Theory]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")]
    [InlineData("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")]
    [InlineData("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000080")]
    [InlineData("00")]
    [InlineData("zz")]
    public void An_Ed25519_key_of_small_order_or_in_another_encoding_is_refused(string hex)
    {
        TufFault? fault = Refused(new TufOneDialect(), OneKey("ed25519", "ed25519", hex));
        Assert.Equal(hex == "zz" ? TufFault.Malformed : TufFault.BadKey, fault);
    }

    [Fact]
    public void Ed25519_is_that_of_RFC_8032()
    {
        // Section 7.1, test 2.
        Ed25519Signer signer = new(Convert.FromHexString("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
        Assert.Equal("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", Convert.ToHexStringLower(signer.PublicKey.Span));
        byte[] signature = signer.Sign([0x72]);
        Assert.Equal("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00", Convert.ToHexStringLower(signature));
        ITufVerifier verifier = new TufOneDialect().KeyOf(signer).Verifier!;
        Assert.True(verifier.Verify([0x72], signature, null));
        // S + L is the same number to a careless verifier.
        System.Numerics.BigInteger order = System.Numerics.BigInteger.Pow(2, 252) + System.Numerics.BigInteger.Parse("27742317777372353535851937790883648493");
        byte[] s = new byte[32];
        (new System.Numerics.BigInteger(signature.AsSpan(32), isUnsigned: true) + order).TryWriteBytes(s, out _, isUnsigned: true);
        Assert.False(verifier.Verify([0x72], [.. signature[..32], .. s], null));
    }

    [Fact]
    public void A_key_of_an_unknown_type_is_kept_and_never_counts()
    {
        JsonObject key = OneKey("sphincs", "sphincs-shake-128s", "00");
        Assert.Null(Read(new TufOneDialect(), key).Verifier);
    }

    [Theory]
    [InlineData("example.org/team/image", true)]
    [InlineData("example.org/team/*", true)]
    [InlineData("*", false)]
    [InlineData("example.org/other/image", false)]
    [InlineData("example.org/team/imag", false)]
    [InlineData("example.org/team/image2", false)]
    [InlineData("EXAMPLE.org/team/image", false)]
    public async Task A_notary_root_certificate_is_for_its_collection(string name, bool isRight)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await CheckRootAsync(new EcdsaSigner(key, Certificate(key, name)), isRight ? null : TufFault.BadKey);
    }

    [Fact]
    public async Task An_authority_in_the_place_of_a_leaf_is_refused()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await CheckRootAsync(new EcdsaSigner(key, Certificate(key, "example.org/team/image", isAuthority: true)), TufFault.BadKey);
    }

    [Fact]
    public async Task An_expired_root_certificate_is_refused()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await CheckRootAsync(new EcdsaSigner(key, Certificate(key, "example.org/team/image", days: -1)), TufFault.Expired);
    }

    [Fact]
    public async Task A_root_key_without_a_certificate_is_refused_where_one_is_asked_for() => await CheckRootAsync(EcdsaSigner.Generate(), TufFault.BadKey);

    private static async Task CheckRootAsync(ITufSigner signer, TufFault? fault)
    {
        TestRepository repository = new(new NotaryDialect("example.org/team/image"), r => r.SetSigners(TufRoles.Root, 1, signer));
        // The first signer of the test's own does not count among the keys of the root.
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        if (fault is { } expected) await client.RefusesAsync(store, expected);
        else await client.RefreshAsync();
    }

    private static string Certificate(ECDsa key, string name, bool isAuthority = false, int days = 365)
    {
        X500DistinguishedNameBuilder subject = new();
        subject.AddCommonName(name);
        CertificateRequest request = new(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        using X509Certificate2 certificate = request.CreateSelfSigned(Now.AddDays(-30), Now.AddDays(days));
        return certificate.ExportCertificatePem();
    }

    private static ITufSigner Make(string kind) => kind switch
    {
        "p256" => EcdsaSigner.Generate(),
        "p384" => EcdsaSigner.Generate(384),
        "ed25519" => Ed25519Signer.Generate(),
        "rsa-pss" => RsaSigner.Generate(),
        _ => RsaSigner.Generate(algorithm: TufAlgorithm.RsaPkcs1),
    };

    private static JsonObject OneKey(string type, string scheme, string text) =>
        new() { ["keytype"] = type, ["scheme"] = scheme, ["keyval"] = new JsonObject { ["public"] = text } };

    private static JsonObject NotaryKey(string type, byte[] key) =>
        new() { ["keytype"] = type, ["keyval"] = new JsonObject { ["private"] = null, ["public"] = Convert.ToBase64String(key) } };

    private static TufKey Read(ITufDialect dialect, JsonObject key)
    {
        System.Text.Json.JsonElement element = TufJson.Parse(Encoding.UTF8.GetBytes(key.ToJsonString()));
        return dialect.ReadKey(Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.Write(element))), element);
    }

    private static TufFault? Refused(ITufDialect dialect, JsonObject key) => Assert.Throws<TufException>(() => Read(dialect, key)).Fault;
}
