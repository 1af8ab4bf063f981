using System.Buffers.Binary;
using System.Runtime.InteropServices;
using CsCheck;

namespace Keelson.Seccomp.Tests;

/// <summary>The running kernel agrees with the verifier, and takes what the compiler makes.</summary>
public class KernelTests
{
    private const int EINVAL = 22, Programs = 400;

    [Fact]
    public void The_kernel_takes_what_the_compiler_makes()
    {
        List<byte[]> programs = [];
        Gen.Select(ProfileGen.Profile(ProfileGen.X86), ProfileGen.X86).Sample(
            (profile, native) => { lock (programs) programs.Add(SeccompCompiler.Compile(profile, native).Instructions.ToArray()); }, iter: Programs);
        Assert.Equal(Programs, programs.Count);
        Assert.All(KernelProbe.Install(programs), error => Assert.Equal(0, error));
    }

    [Fact]
    public void The_verifier_agrees_with_the_kernel_on_random_programs()
    {
        List<byte[]> programs = [];
        Instructions.Array[1, 12].Select(MakeEnd).Sample(p => { lock (programs) programs.Add(p); }, iter: 2 * Programs);
        int[] errors = KernelProbe.Install(programs);
        Assert.Equal(programs.Count, errors.Length);
        for (int i = 0; i < errors.Length; i++)
        {
            string? fault = BpfVerifier.FindFault(programs[i]);
            Assert.True(errors[i] == (fault is null ? 0 : EINVAL), $"the kernel says {errors[i]}, the verifier {fault ?? "nothing"}:\n{Convert.ToHexString(programs[i])}");
        }
        // Both answers were seen often enough to mean something.
        Assert.InRange(errors.Count(e => e == 0), Programs / 20, 2 * Programs - Programs / 20);
    }

    [Fact]
    public void The_verifier_agrees_with_the_kernel_on_the_limits()
    {
        byte[][] programs =
        [
            Allow(4096), Allow(4097), Allow(1), [],
            // A jump to the last instruction and one past it.
            [.. Bytes(new(0x05, 0, 0, 0)), .. Allow(1)], [.. Bytes(new(0x05, 0, 0, 1)), .. Allow(1)], [.. Bytes(new(0x05, 0, 0, uint.MaxValue)), .. Allow(1)],
            // A load at the end of seccomp_data and one beyond; one that is not aligned.
            [.. Bytes(new(0x20, 0, 0, 60)), .. Allow(1)], [.. Bytes(new(0x20, 0, 0, 64)), .. Allow(1)], [.. Bytes(new(0x20, 0, 0, 2)), .. Allow(1)],
            // Memory that one of two ways does not store.
            [.. Bytes(new(0x15, 0, 1, 0)), .. Bytes(new(0x02, 0, 0, 3)), .. Bytes(new(0x60, 0, 0, 3)), .. Allow(1)],
            [.. Bytes(new(0x15, 1, 0, 0)), .. Bytes(new(0x02, 0, 0, 3)), .. Bytes(new(0x60, 0, 0, 3)), .. Allow(1)],
            [.. Bytes(new(0x02, 0, 0, 3)), .. Bytes(new(0x60, 0, 0, 3)), .. Allow(1)],
            // After a return, what was known before it still counts.
            [.. Bytes(new(0x15, 0, 1, 0)), .. Bytes(new(0x06, 0, 0, 0)), .. Bytes(new(0x60, 0, 0, 1)), .. Allow(1)],
            // A division by zero, a shift out of the word, no return at the end.
            [.. Bytes(new(0x34, 0, 0, 0)), .. Allow(1)], [.. Bytes(new(0x64, 0, 0, 32)), .. Allow(1)], Bytes(new(0x00, 0, 0, 0)),
        ];
        Assert.Equal(programs.Select(p => BpfVerifier.FindFault(p) is null ? 0 : EINVAL), KernelProbe.Install(programs));
    }

    [Fact]
    public void The_interpreter_computes_as_the_kernel()
    {
        List<byte[]> programs = [];
        Gen.Select(Arithmetic.Array[1, 10], Gen.UInt, Gen.UInt, (body, a, x) => (byte[])
                [.. Bytes(new(0x01, 0, 0, x)), .. Bytes(new(0x00, 0, 0, a)), .. Bytes(new(0x02, 0, 0, 0)), .. MemoryMarshal.AsBytes<BpfInstruction>(body),
                // Jumps reach two instructions ahead, and the answer must be an error number in the end.
                .. Bytes(new(0x44, 0, 0, 0)), .. Bytes(new(0x44, 0, 0, 0)), .. Bytes(new(0x54, 0, 0, 0xFFF)), .. Bytes(new(0x44, 0, 0, SeccompReturn.Errno)), .. Bytes(new(0x16, 0, 0, 0))])
            .Where(p => BpfVerifier.FindFault(p) is null)
            .Sample(p => { lock (programs) programs.Add(p); }, iter: 200);
        // A division by X = 0 ends a program with 0; chance alone does not always bring one.
        programs.Add([.. Bytes(new(0x01, 0, 0, 0)), .. Bytes(new(0x00, 0, 0, 7)), .. Bytes(new(0x3C, 0, 0, 0)), .. Bytes(new(0x16, 0, 0, 0))]);
        SeccompData call = new() { Architecture = 0xC000_003E, Number = 39 };
        ReadOnlySpan<ulong> arguments = [1, 0xFFFF_FFFF_0000_0007, 0x1234_5678_9ABC_DEF0, ulong.MaxValue, 0, 5];
        arguments.CopyTo((Span<ulong>)call.Arguments);
        string text = "39," + string.Join(',', arguments.ToArray());
        foreach (byte[] program in programs)
        {
            uint value = BpfInterpreter.Run(program, call, out _);
            string expected = value == 0 ? "signal 31" : $"{-(int)Math.Min(value & 0xFFFF, 4095)}";
            Assert.True(KernelProbe.Call(program, text) is [var actual] && actual == expected, BpfListing.Print(program));
        }
        Assert.Contains(programs, p => BpfInterpreter.Run(p, call, out _) == 0);
    }

    // Calculations on A and X, and jumps among them; the words of the call that are known beforehand.
    private static readonly Gen<BpfInstruction> Arithmetic = Gen.Select(
        Gen.OneOf<ushort>(0x04, 0x0C, 0x14, 0x1C, 0x24, 0x2C, 0x34, 0x3C, 0x44, 0x4C, 0x54, 0x5C, 0x64, 0x6C, 0x74, 0x7C, 0xA4, 0xAC, 0x84, 0x07, 0x87, 0x80, 0x81,
            0x00, 0x01, 0x02, 0x03, 0x60, 0x61, 0x15, 0x1D, 0x25, 0x2D, 0x35, 0x3D, 0x45, 0x4D, 0x20, 0x20),
        Gen.Byte[0, 2], Gen.Byte[0, 2], Gen.OneOf(Gen.UInt[0, 40], Gen.UInt), Gen.Int[0, 12],
        (code, yes, no, k, word) => new BpfInstruction(code, yes, no,
            code == 0x20 ? (uint)(word < 1 ? 0 : 12 + word * 4) : code is 0x02 or 0x03 or 0x60 or 0x61 ? 0 : code is 0x64 or 0x74 ? k % 32 : k));

    // Mostly codes that seccomp knows, with small constants, so that many programs are good.
    private static readonly Gen<BpfInstruction> Instructions = Gen.Select(
        Gen.Frequency(
            (30, Gen.OneOf<ushort>(0x20, 0x80, 0x81, 0x00, 0x01, 0x60, 0x61, 0x02, 0x03, 0x07, 0x87, 0x04, 0x0C, 0x14, 0x24, 0x34, 0x3C, 0x44, 0x54, 0x5C, 0x64, 0x6C,
                0x74, 0xA4, 0x84, 0x05, 0x15, 0x1D, 0x25, 0x35, 0x45, 0x4D, 0x06, 0x16)),
            (1, Gen.UShort[0, 0xFF]), (1, Gen.UShort)),
        Gen.Byte[0, 2], Gen.Byte[0, 2], Gen.Frequency((20, Gen.UInt[0, 3].Select(k => k * 4)), (6, Gen.UInt[0, 17]), (1, Gen.UInt)),
        (code, yes, no, k) => new BpfInstruction(code, yes, no, code == 0x05 ? k / 4 : k));

    private static byte[] MakeEnd(BpfInstruction[] instructions) =>
        [.. MemoryMarshal.AsBytes<BpfInstruction>(instructions), .. instructions.Length % 7 == 0 ? [] : Allow(2)];

    private static byte[] Allow(int count) => [.. Enumerable.Repeat(Bytes(new(0x06, 0, 0, SeccompReturn.Allow)), count).SelectMany(b => b)];

    private static byte[] Bytes(BpfInstruction instruction)
    {
        byte[] bytes = new byte[BpfInstruction.Size];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, instruction.Code);
        (bytes[2], bytes[3]) = (instruction.JumpTrue, instruction.JumpFalse);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), instruction.K);
        return bytes;
    }
}
