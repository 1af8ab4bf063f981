namespace Keelson.Seccomp;

/// <summary>The codes that seccomp allows. <c>linux/bpf_common.h</c>, kernel/seccomp.c.</summary>
internal static class BpfCode
{
    // A load from seccomp_data; the length of seccomp_data; a constant; scratch memory.
    internal const ushort LoadAbsolute = 0x20, LoadLength = 0x80, LoadImmediate = 0x00, LoadMemory = 0x60;
    internal const ushort LoadXLength = 0x81, LoadXImmediate = 0x01, LoadXMemory = 0x61;
    internal const ushort Store = 0x02, StoreX = 0x03, CopyToX = 0x07, CopyFromX = 0x87;

    // With a constant; the same operator with the register X has bit 0x08 set.
    internal const ushort Add = 0x04, Subtract = 0x14, Multiply = 0x24, Divide = 0x34, Or = 0x44, And = 0x54;
    internal const ushort ShiftLeft = 0x64, ShiftRight = 0x74, Xor = 0xA4, Negate = 0x84;
    internal const ushort Jump = 0x05, JumpEqual = 0x15, JumpGreater = 0x25, JumpGreaterOrEqual = 0x35, JumpAnyBit = 0x45;
    internal const ushort WithX = 0x08;

    internal const ushort Return = 0x06, ReturnA = 0x16;

    /// <summary>Most instructions of one program: BPF_MAXINSNS.</summary>
    internal const int MaxInstructions = 4096;

    /// <summary>Words of scratch memory: BPF_MEMWORDS.</summary>
    internal const int MemoryWords = 16;

    internal static bool IsConditionalJump(ushort code) =>
        (code & ~WithX) is JumpEqual or JumpGreater or JumpGreaterOrEqual or JumpAnyBit;
}
