namespace Keelson.Archive;

/// <summary>What happens to the device nodes of a layer.</summary>
public enum DeviceRule
{
    /// <summary>They are made.</summary>
    Create,
    /// <summary>They are left out. For user namespaces, where nobody may make them.</summary>
    Skip,
    /// <summary>They are an error.</summary>
    Refuse,
}
