namespace Keelson.Oci.Tests;

public sealed class DigestTests
{
    private const string OfNothing = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Fact]
    public void The_digest_of_nothing_is_the_well_known_one() => Assert.Equal(OfNothing, Digest.Of([]).ToString());

    [Fact]
    public void A_digest_has_an_algorithm_and_hexadecimal_digits()
    {
        Digest digest = Digest.Parse(OfNothing);
        Assert.Equal(("sha256", OfNothing[7..]), (digest.Algorithm, digest.Hex));
    }

    [Fact]
    public void A_digest_of_sha512_is_known() => Assert.Equal("sha512", Digest.Parse("sha512:" + new string('0', 128)).Algorithm);

    [Theory]
    [InlineData("")]
    [InlineData("sha256:")]
    [InlineData("sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855")]
    [InlineData("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85")]
    [InlineData("sha512:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("md5:d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("sha256:../../../../../../../../../../../../../../../../../../../../../etc")]
    public void Another_form_is_refused(string text) => Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<KeelsonException>(() => Digest.Parse(text)).Kind);
}
