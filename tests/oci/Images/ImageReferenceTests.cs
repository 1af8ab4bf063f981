using CsCheck;

namespace Keelson.Oci.Tests;

public sealed class ImageReferenceTests
{
    private const string Hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Theory]
    [InlineData("busybox", "docker.io/library/busybox:latest", "busybox:latest")]
    [InlineData("busybox:1.36", "docker.io/library/busybox:1.36", "busybox:1.36")]
    [InlineData("user/app", "docker.io/user/app:latest", "user/app:latest")]
    [InlineData("docker.io/busybox", "docker.io/library/busybox:latest", "busybox:latest")]
    [InlineData("index.docker.io/user/app:v1", "docker.io/user/app:v1", "user/app:v1")]
    [InlineData("localhost/app", "localhost/app:latest", "localhost/app:latest")]
    [InlineData("localhost:5000/app:1", "localhost:5000/app:1", "localhost:5000/app:1")]
    [InlineData("a.b/c/d/e", "a.b/c/d/e:latest", "a.b/c/d/e:latest")]
    [InlineData("[::1]:5000/app", "[::1]:5000/app:latest", "[::1]:5000/app:latest")]
    [InlineData("127.0.0.1:5000/a_b/c__d/e--f/g.h", "127.0.0.1:5000/a_b/c__d/e--f/g.h:latest", "127.0.0.1:5000/a_b/c__d/e--f/g.h:latest")]
    [InlineData("Registry/app", "Registry/app:latest", "Registry/app:latest")]
    [InlineData("busybox@sha256:" + Hex, "docker.io/library/busybox@sha256:" + Hex, "busybox@sha256:" + Hex)]
    [InlineData("a.b:80/c:t@sha256:" + Hex, "a.b:80/c:t@sha256:" + Hex, "a.b:80/c:t@sha256:" + Hex)]
    [InlineData("docker.io/library/library/app", "docker.io/library/library/app:latest", "library/library/app:latest")]
    [InlineData("docker.io/foo.bar/app", "docker.io/foo.bar/app:latest", "docker.io/foo.bar/app:latest")]
    [InlineData("library/localhost/app", "docker.io/library/localhost/app:latest", "library/localhost/app:latest")]
    public void A_name_has_a_normal_and_a_familiar_form(string text, string normal, string familiar)
    {
        ImageReference reference = ImageReference.Parse(text);
        Assert.Equal((normal, familiar), (reference.ToString(), reference.Familiar));
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("Busybox", "upper case")]
    [InlineData("busybox:", "tag")]
    [InlineData("busybox:-x", "tag")]
    [InlineData("busybox:.x", "tag")]
    [InlineData("busybox@sha256:123", "digest")]
    [InlineData("busybox@md5:d41d8cd98f00b204e9800998ecf8427e", "digest")]
    [InlineData("busybox@", "digest")]
    [InlineData(Hex, "64 hexadecimal")]
    [InlineData("a//b", "path")]
    [InlineData("/a", "path")]
    [InlineData("a/", "path")]
    [InlineData("a..b", "path")]
    [InlineData("a___b", "path")]
    [InlineData("-a", "path")]
    [InlineData("a-", "path")]
    [InlineData("a b", "path")]
    [InlineData("../../etc/passwd", "registry")]
    [InlineData("a.b:99999/c", "registry")]
    [InlineData("a.b:x/c", "registry")]
    [InlineData("-a.b/c", "registry")]
    [InlineData("[::g]/c", "registry")]
    [InlineData("http://a.b/c", "registry")]
    [InlineData("user@a.b/c", "digest")]
    public void What_is_not_a_name_is_refused_and_the_part_is_named(string text, string part)
    {
        KeelsonException e = Assert.Throws<KeelsonException>(() => ImageReference.Parse(text));
        Assert.Equal(ErrorKind.InvalidArgument, e.Kind);
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_ends_at_255_characters_and_a_tag_at_128()
    {
        Assert.True(ImageReference.TryParse("r.io/" + new string('a', 255) + ":" + new string('t', 128), out _));
        Assert.False(ImageReference.TryParse("r.io/" + new string('a', 256), out _));
        Assert.False(ImageReference.TryParse("a:" + new string('t', 129), out _));
    }

    [Fact]
    public void Both_forms_of_any_name_are_read_as_the_same_name()
    {
        Gen<string> word = Gen.OneOf("a", "library", "docker.io", "localhost", "foo.bar", "x__y", "b-c", "index.docker.io", "127.0.0.1", "0", "a.b:80", "UP", "[::1]");
        Gen.Select(word.Array[1, 4], Gen.OneOf("", ":latest", ":1.0", ":_x"), Gen.OneOf("", "@sha256:" + Hex)).Sample((words, tag, digest) =>
        {
            if (!ImageReference.TryParse(string.Join('/', words) + tag + digest, out ImageReference? reference)) return true;
            return ImageReference.Parse(reference!.ToString()) == reference && ImageReference.Parse(reference.Familiar) == reference;
        });
    }
}
