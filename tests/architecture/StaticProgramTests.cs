using System.Text;

namespace Keelson.Architecture.Tests;

/// <summary>A static program that loads a library gets a second C library with it, whose thread-local data lies over its own.</summary>
public class StaticProgramTests
{
    [PublishedTheory]
    [InlineData("keelson-runtime")]
    [InlineData("containerd-shim-keelson-v2")]
    public void A_static_program_knows_no_cryptographic_library(string name)
    {
        ReadOnlySpan<byte> program = File.ReadAllBytes($"{Repository.Root}/artifacts/publish/{name}/release/{name}");
        foreach (string library in (string[])["libssl.so", "libcrypto.so", "libicuuc"])
            Assert.True(program.IndexOf(Encoding.ASCII.GetBytes(library)) < 0, $"{name} can load {library}");
    }
}
