namespace Keelson.Engine.Containers;

/// <summary>Who runs a process, by number.</summary>
/// <param name="Uid">The user.</param>
/// <param name="Gid">The group.</param>
/// <param name="Groups">The groups besides, with the group first as docker has it.</param>
internal sealed record Account(uint Uid, uint Gid, uint[] Groups)
{
    /// <summary>The user 0 with the group 0 alone.</summary>
    public static Account Root { get; } = new(0, 0, [0]);
}
