using System.Globalization;
using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Runtime.Plan;

/// <summary>Writes plans as text for people: one line a step, as strace(1) would show the call, and what it is for.</summary>
/// <remarks>
/// <code>
///      12  $4 = openat2($1, "proc", {O_PATH|O_CLOEXEC, RESOLVE_IN_ROOT}, 24) or ENOENT    open /proc
///      13  unless $4 == -ENOENT goto 17
/// </code>
/// <c>$4</c> is a slot that a step fills, <c>&amp;2</c> a piece of memory that a call reads or writes, <c>&lt;proc&gt;</c> a descriptor of the parent.
/// Two plans of the same configuration give the same text, whatever the addresses are.
/// </remarks>
/// <param name="descriptors">Names for descriptors of the parent.</param>
internal sealed unsafe partial class PlanText(IReadOnlyDictionary<int, string> descriptors)
{
    private const int CallColumns = 72;
    private readonly StringBuilder text = new();
    private readonly Dictionary<long, int> slots = [], memories = [];
    private SyscallPlan plan = null!;

    /// <summary>Adds a line that stands over the steps of a plan.</summary>
    public void AddHeading(string heading) => text.Append(heading).Append('\n');

    /// <summary>Adds the steps of a plan. Slots keep their numbers over several plans.</summary>
    public void Add(SyscallPlan steps)
    {
        plan = steps;
        for (int i = 0; i < steps.Count; i++)
        {
            StepName name = steps.Name(i);
            Step* step = steps.Steps + i;
            string what = step->Number >= 0 ? Call(step) : Own(step);
            string meaning = IsJump(step->Number) ? "" : name.Target is null ? name.Operation : name.Operation + " " + name.Target;
            text.Append(CultureInfo.InvariantCulture, $"{i,6}  ").Append((what.PadRight(CallColumns) + "  " + meaning).TrimEnd()).Append('\n');
        }
    }

    /// <summary>Whether the arguments of a call are shown by their meaning.</summary>
    public static bool Knows(Syscall call) => Signature(call) is not null;

    /// <summary>The lines so far.</summary>
    public override string ToString() => text.ToString();

    private static bool IsJump(int number) => number is Step.JumpIf or Step.JumpUnless or Step.JumpIfSame;

    /// <summary>A step that is no system call.</summary>
    private string Own(Step* step)
    {
        long* a = step->Arguments;
        switch (step->Number)
        {
            case Step.JumpIf when a[1] == 0 && a[2] == 0:
                return $"goto {a[3]}";
            case Step.JumpIf:
                return $"if {Comparison(a)} goto {a[3]}";
            case Step.JumpUnless:
                return $"unless {Comparison(a)} goto {a[3]}";
            case Step.JumpIfSame:
                return $"if {MemoryName(a[0])} is {MemoryName(a[1])} goto {a[3]}";
            case Step.Expect:
                return $"expect {Comparison(a)} or fail with {(Errno)(int)a[3]}";
            case Step.Set:
                return $"{SlotName(a[0])} = {(plan.Contains(a[1]) ? Automatic(a[1]) : Result(a[1]))}";
            case Step.Fail:
                return "fail with " + ((step->SlotArguments & 1) != 0 ? SlotName(a[0]) : ((Errno)(int)a[0]).ToString());
            case Step.Reach:
                string value = (step->SlotArguments & 4) != 0 ? " " + SlotName(a[2]) : a[2] == 0 ? "" : " " + Automatic(a[2]);
                return $"tell {Descriptor(a[0])} point {a[1]}{value}, wait for the answer";
            default:
                return $"{MemoryName(a[1])} = {SlotName(a[0])}, 32 bits";
        }
    }

    private string Comparison(long* a)
    {
        (long address, long mask, long value) = (a[0], a[1], a[2]);
        string left = slots.ContainsKey(address) ? SlotName(address) : MemoryName(address);
        if (mask == long.MinValue && value == long.MinValue) return left + " < 0";
        return mask == -1 ? $"{left} == {Result(value)}" : string.Create(CultureInfo.InvariantCulture, $"{left} & 0x{mask:x} == 0x{value:x}");
    }

    /// <summary>A system call with its arguments, where its result goes, and what errors are no failure.</summary>
    private string Call(Step* step)
    {
        string line = "";
        if (step->Result != 0) line = SlotName(step->Result) + " = ";
        line += $"{(Syscall)step->Number}({Arguments(step)})";
        if ((step->Flags & StepFlags.AnyOutcome) != 0) return line + " or any error";
        string accepted = "";
        foreach (short errno in (ReadOnlySpan<short>)[step->Accepted1, step->Accepted2, step->Accepted3])
            if (errno != 0)
                accepted += (accepted.Length == 0 ? " or " : ", ") + (Errno)errno;
        return line + accepted;
    }

    private string SlotName(long address)
    {
        if (!slots.TryGetValue(address, out int number)) slots.Add(address, number = slots.Count + 1);
        return "$" + number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>A place in memory: the piece that was seen last before it, and the offset in it.</summary>
    private string MemoryName(long address)
    {
        long start = 0;
        foreach (long known in memories.Keys)
            if (known <= address && known > start && address - known < MaximumOffset)
                start = known;
        if (start == 0) memories.Add(start = address, memories.Count + 1);
        string name = "&" + memories[start].ToString(CultureInfo.InvariantCulture);
        return address == start ? name : string.Create(CultureInfo.InvariantCulture, $"{name}[{address - start}]");
    }

    /// <summary>Size of the largest structure that a plan looks into: struct stat.</summary>
    private const int MaximumOffset = 144;

    private string NewMemoryName(long address)
    {
        memories.TryAdd(address, memories.Count + 1);
        return MemoryName(address);
    }

    private static string Result(long value) => value is < 0 and >= -4095 ? "-" + (Errno)(int)-value : Number(value);

    private static string Number(long value) => value is > -65536 and < 65536 ? value.ToString(CultureInfo.InvariantCulture) : "0x" + value.ToString("x", CultureInfo.InvariantCulture);
}
