namespace Keelson.Runtime;

/// <summary>What a checkpoint saves of control groups. criu(8) <c>--manage-cgroups</c>; the numbers are those of criu.</summary>
public enum CgroupCheckpointMode
{
    /// <summary>As criu is built.</summary>
    Default = 0,
    /// <summary>Properties of groups that criu makes.</summary>
    Soft = 3,
    /// <summary>Groups and properties.</summary>
    Full = 4,
    /// <summary>As full, and groups must not exist.</summary>
    Strict = 5,
}
