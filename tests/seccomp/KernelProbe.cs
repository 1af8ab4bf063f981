using System.Buffers.Binary;
using System.Globalization;

namespace Keelson.Seccomp.Tests;

/// <summary>Tries programs on the running kernel: filter.c, built once a run.</summary>
internal static class KernelProbe
{
    private static readonly Lazy<string> Program = new(() =>
    {
        string program = TestDirectory.Make("filter") + "/filter";
        ChildProcess.Run(["gcc", "-O1", "-Wall", "-Werror", "-o", program, AppContext.BaseDirectory + "filter.c"]).Succeeds();
        return program;
    });

    /// <summary>Installs each program in a process of its own.</summary>
    /// <returns>0 or the error number of each.</returns>
    internal static int[] Install(IReadOnlyList<byte[]> programs)
    {
        string file = Write(programs);
        CommandResult result = ChildProcess.Run([Program.Value, "check", file], new() { Limit = TimeSpan.FromMinutes(2) }).Succeeds();
        File.Delete(file);
        return [.. result.Lines.Select(l => int.Parse(l, CultureInfo.InvariantCulture))];
    }

    /// <summary>Makes calls under a program, each in a process of its own.</summary>
    /// <param name="program">The program; <see langword="null"/> for none.</param>
    /// <param name="calls"><c>NUMBER,A0,A1...</c>; with <c>i</c> before it, through int 0x80.</param>
    /// <returns>What each returned: a value, a negative error number, or <c>signal N</c>.</returns>
    internal static string[] Call(ReadOnlyMemory<byte>? program, params string[] calls)
    {
        string file = Write(program is { } given ? [given.ToArray()] : []);
        CommandResult result = ChildProcess.Run([Program.Value, "call", file, "4", .. calls]).Succeeds();
        File.Delete(file);
        return result.Lines;
    }

    private static string Write(IReadOnlyList<byte[]> programs)
    {
        using MemoryStream stream = new();
        Span<byte> count = stackalloc byte[4];
        foreach (byte[] program in programs)
        {
            BinaryPrimitives.WriteInt32LittleEndian(count, program.Length / BpfInstruction.Size);
            stream.Write(count);
            stream.Write(program);
        }
        string file = TestDirectory.Make("programs") + "/programs";
        File.WriteAllBytes(file, stream.ToArray());
        return file;
    }
}
