namespace Keelson.Oci;

/// <summary>Execution personality.</summary>
/// <remarks>runtime-spec 1.3 config-linux "Personality", personality(2).</remarks>
public sealed class PersonalitySpec
{
    /// <summary>The domain.</summary>
    public PersonalityDomain Domain { get; set; }

    /// <summary>Flags; the specification defines none.</summary>
    public string[] Flags { get; set; } = [];
}
