namespace Keelson.Attacks;

/// <summary>Makes the runtime that a test attacks.</summary>
internal static class AttackRuntime
{
    private const string OpenAt2Number = "437", EPERM = "1", ENOSYS = "38";

    /// <summary>The runtime as root, with or without openat2(2).</summary>
    public static RuntimeUnderTest Make(OpenAt2 openAt2, string? executable = null) => new()
    {
        Prefix = Without(openAt2),
        Executable = executable ?? RuntimeUnderTest.Program,
    };

    private static string[] Without(OpenAt2 openAt2) =>
        openAt2 == OpenAt2.Allowed ? [] : [AttackProgram.Path("without"), OpenAt2Number, openAt2 == OpenAt2.Missing ? ENOSYS : EPERM];
}
