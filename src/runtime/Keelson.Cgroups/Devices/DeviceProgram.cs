using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Cgroups;

/// <summary>Compiles device rules into a program that answers 1 for an access that is allowed and 0 for one that is not.</summary>
/// <remarks>
/// Kernel documentation admin-guide/cgroup-v2 "Device controller"; <c>struct bpf_cgroup_dev_ctx</c>. The kernel calls it with
/// <code>
///   r1 -> +0  u32 (access &lt;&lt; 16) | type    access: 1 mknod, 2 read, 4 write   type: 1 block, 2 character
///         +4  u32 major
///         +8  u32 minor
/// </code>
/// Registers: r2 type, r3 the kinds of access that no rule has allowed yet, r4 major, r5 minor. The last rule comes first: it overrides.
/// </remarks>
internal static class DeviceProgram
{
    private const byte LoadWord = 0x61, Move = 0xb4, MoveRegister = 0xbc, And = 0x54, ShiftRight = 0x74, JumpNotEqual = 0x56, JumpEqual = 0x16, Exit = 0x95;
    private const int TypeBlock = 1, TypeCharacter = 2;

    /// <summary>The program for a list of rules.</summary>
    public static BpfInstruction[] Compile(DeviceRuleList rules)
    {
        List<BpfInstruction> code = new(8 + rules.Rules.Count * 7);
        code.Add(new(LoadWord, 0x12, 0, 0));
        code.Add(new(MoveRegister, 0x23, 0, 0));
        code.Add(new(And, 0x02, 0, 0xffff));
        code.Add(new(ShiftRight, 0x03, 0, 16));
        code.Add(new(LoadWord, 0x14, 4, 0));
        code.Add(new(LoadWord, 0x15, 8, 0));

        // Most lists have a form without an order, in which rules about the same devices are merged.
        if (DevicePolicy.TryMake(rules, out DevicePolicy? policy) is null)
            foreach (DeviceException exception in policy!.Exceptions)
                Add(code, exception, !policy.AllowsByDefault);
        else
            for (int i = rules.Rules.Count - 1; i >= 0; i--)
                Add(code, rules.Rules[i].Devices, rules.Rules[i].Allow);

        Answer(code, rules.AllowsByDefault);
        return [.. code];
    }

    private static void Add(List<BpfInstruction> code, in DeviceException devices, bool allow)
    {
        // Jumps of the rule lead behind it; their distance is known when it ends.
        Span<int> jumps = stackalloc int[4];
        int count = 0;
        Jump(code, JumpNotEqual, 0x02, devices.Kind == DeviceKind.Block ? TypeBlock : TypeCharacter, jumps, ref count);
        if (devices.Major is { } major) Jump(code, JumpNotEqual, 0x04, (int)major, jumps, ref count);
        if (devices.Minor is { } minor) Jump(code, JumpNotEqual, 0x05, (int)minor, jumps, ref count);
        if (devices.Access != DeviceAccess.All)
        {
            if (allow)
            {
                code.Add(new(And, 0x03, 0, (int)(DeviceAccess.All & ~devices.Access)));
                Jump(code, JumpNotEqual, 0x03, 0, jumps, ref count);
            }
            else
            {
                code.Add(new(MoveRegister, 0x30, 0, 0));
                code.Add(new(And, 0x00, 0, (int)devices.Access));
                Jump(code, JumpEqual, 0x00, 0, jumps, ref count);
            }
        }
        Answer(code, allow);
        foreach (int jump in jumps[..count]) code[jump] = code[jump] with { Offset = (short)(code.Count - jump - 1) };
    }

    private static void Jump(List<BpfInstruction> code, byte operation, byte register, int value, Span<int> jumps, ref int count)
    {
        jumps[count++] = code.Count;
        code.Add(new(operation, register, 0, value));
    }

    private static void Answer(List<BpfInstruction> code, bool allow)
    {
        code.Add(new(Move, 0x00, 0, allow ? 1 : 0));
        code.Add(new(Exit, 0, 0, 0));
    }
}
