namespace Keelson.Registry.Tests;

/// <summary>Debian's docker-registry that deletes nothing, which is its default.</summary>
public sealed class DebianWithoutDelete : DebianUnderTest
{
    protected override bool AllowsDelete => false;
}
