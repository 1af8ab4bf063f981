namespace Keelson.Cgroups;

/// <summary>One value for one control file.</summary>
/// <param name="Controller">Controller that the file belongs to, by its v1 name on v1 and its v2 name on v2.</param>
/// <param name="File">Name of the control file.</param>
/// <param name="Value">What is written.</param>
/// <param name="Rule">What an error means.</param>
internal readonly record struct CgroupWrite(string Controller, string File, string Value, WriteRule Rule = WriteRule.Must)
{
    /// <inheritdoc/>
    public override string ToString() => Rule == WriteRule.Must ? $"{File} = {Value}" : $"{File} = {Value} ({Rule})";
}

/// <summary>What an error of a write means.</summary>
internal enum WriteRule
{
    /// <summary>Every error counts.</summary>
    Must,
    /// <summary>A kernel without the file is fine.</summary>
    IgnoreMissing,
    /// <summary>Where the file is missing, the next write of the list takes its place; where it is there, that one is left out.</summary>
    OrNext,
    /// <summary>EINVAL: it is tried again after the other writes of the same controller, because the kernel checks pairs of values.</summary>
    AgainLater,
}
