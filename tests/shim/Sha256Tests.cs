using System.Security.Cryptography;
using System.Text;
using Keelson.Shim.Launch;

namespace Keelson.Shim.Tests;

/// <summary>The hash that names sockets, beside the framework's.</summary>
public class Sha256Tests
{
    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("/run/containerd/containerd.sock/default/@namespace")]
    public void Texts_have_the_hash_of_the_framework(string text) => Assert.Equal(SHA256.HashData(Encoding.UTF8.GetBytes(text)), Sha256.Hash(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Every_length_up_to_four_blocks_has_it()
    {
        byte[] bytes = [.. Enumerable.Range(0, 256).Select(i => (byte)(i * 7))];
        for (int length = 0; length <= bytes.Length; length++) Assert.Equal(SHA256.HashData(bytes.AsSpan(0, length)), Sha256.Hash(bytes.AsSpan(0, length)));
    }
}
