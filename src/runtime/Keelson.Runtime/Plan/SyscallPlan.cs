using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Runtime.Plan;

/// <summary>
/// The life of a cloned child up to execve, written down as system calls before the clone. The child interprets it and nothing else.
/// </summary>
/// <remarks>
/// All that the child reads lies in one mapping that the garbage collector does not know:
/// <code>
///   +--------------------+----------------------------------------------------------+
///   | steps, 80 bytes ea.| strings, slots, structures, in the order they were made  |
///   +--------------------+----------------------------------------------------------+
/// </code>
/// The mapping reserves <see cref="ArenaBytes"/>; only pages that are written take memory.
/// </remarks>
internal sealed unsafe class SyscallPlan : IDisposable
{
    /// <summary>Size of the reservation: far above the largest plan, a configuration with a hundred thousand mappings.</summary>
    private const int ArenaBytes = 64 << 20;

    /// <summary>Bound on the number of steps. A start with 1000 mounts takes about 12 000.</summary>
    private const int MaximumSteps = 1 << 16;

    private readonly byte* arena;
    private readonly List<StepName> names = new(128);
    private int used;

    /// <summary>Reserves the arena.</summary>
    /// <exception cref="LinuxException">ENOMEM.</exception>
    public SyscallPlan()
    {
        Memory.TryReserve(ArenaBytes, out nint address).ThrowIfError("mmap", "plan");
        arena = (byte*)address;
        used = MaximumSteps * sizeof(Step);
    }

    /// <summary>Address of the first step.</summary>
    public Step* Steps => (Step*)arena;

    /// <summary>Number of steps.</summary>
    public int Count => names.Count;

    /// <summary>Whether the child waits at some point for the parent's answer.</summary>
    public bool HasPoints { get; private set; }

    /// <summary>What step <paramref name="index"/> is called in errors and listings.</summary>
    public StepName Name(int index) => names[index];

    /// <summary>Whether a number is the address of something that was put into the plan.</summary>
    public bool Contains(long address) => address >= (nint)arena && address < (nint)arena + used;

    /// <summary>Adds a system call. Its arguments are set by the chained methods of the result.</summary>
    public StepBuilder Call(string operation, string? target, Syscall number, Arg a0 = default, Arg a1 = default, Arg a2 = default, Arg a3 = default, Arg a4 = default, Arg a5 = default)
    {
        Step* step = Add(operation, target, (int)number);
        Set(step, 0, a0);
        Set(step, 1, a1);
        Set(step, 2, a2);
        Set(step, 3, a3);
        Set(step, 4, a4);
        Set(step, 5, a5);
        return new StepBuilder(step);
    }

    /// <summary>Opens a block that is left out unless a slot, masked, has a value. <see cref="Land"/> closes it.</summary>
    public int JumpUnless(Slot slot, long value, long mask = -1) => Jump(Step.JumpUnless, slot.Address, mask, value);

    /// <summary>Opens a block that is left out when a slot, masked, has a value. <see cref="Land"/> closes it.</summary>
    public int JumpIf(Slot slot, long value, long mask = -1) => Jump(Step.JumpIf, slot.Address, mask, value);

    /// <summary>Opens a block that is left out when the 8 bytes at an address, masked, have a value.</summary>
    public int JumpIfMemory(nint address, long value, long mask) => Jump(Step.JumpIf, address, mask, value);

    /// <summary>Opens a block that is left out unless the 8 bytes at an address, masked, have a value.</summary>
    public int JumpUnlessMemory(nint address, long value, long mask) => Jump(Step.JumpUnless, address, mask, value);

    /// <summary>Opens a block that is always left out, where another branch meets.</summary>
    public int JumpAlways() => Jump(Step.JumpIf, (nint)arena, 0, 0);

    /// <summary>Opens a block that is left out when the 8 bytes at two addresses are the same.</summary>
    public int JumpIfSame(nint address, nint other)
    {
        Step* step = Add("skip if same", null, Step.JumpIfSame);
        step->Arguments[0] = address;
        step->Arguments[1] = other;
        return Count - 1;
    }

    /// <summary>Makes the next step the target of a jump.</summary>
    public void Land(int jump) => Steps[jump].Arguments[3] = Count;

    /// <summary>Fails with <paramref name="errno"/> unless 8 bytes, masked, have a value.</summary>
    public void Expect(string operation, string? target, nint address, long value, long mask, Errno errno)
    {
        Step* step = Add(operation, target, Step.Expect);
        step->Arguments[0] = address;
        step->Arguments[1] = mask;
        step->Arguments[2] = value;
        step->Arguments[3] = (int)errno;
    }

    /// <summary>Fails with an error that is known now or lies in a slot, there as a negative number.</summary>
    public void Fail(string operation, string? target, Arg errno) => Set(Add(operation, target, Step.Fail), 0, errno);

    /// <summary>Stores a value into a slot.</summary>
    public void Assign(Slot slot, long value)
    {
        Step* step = Add("assign", null, Step.Set);
        step->Arguments[0] = slot.Address;
        step->Arguments[1] = value;
    }

    /// <summary>Stores the low 32 bits of a slot at an address.</summary>
    public void StoreInt(Slot slot, nint address)
    {
        Step* step = Add("store", null, Step.StoreInt);
        step->Arguments[0] = slot.Address;
        step->Arguments[1] = address;
    }

    /// <summary>Tells the parent that a point is reached, with one value, and waits for its answer.</summary>
    /// <param name="target">The point's name in listings.</param>
    /// <param name="channel">Descriptor of the child's end of the socket pair.</param>
    /// <param name="point">Which point.</param>
    /// <param name="value">A number for the parent, such as a descriptor of the child.</param>
    public void Reach(string target, int channel, int point, Arg value = default)
    {
        HasPoints = true;
        Step* step = Add("reach", target, Step.Reach);
        step->Arguments[0] = channel;
        step->Arguments[1] = point;
        Set(step, 2, value);
    }

    /// <summary>A new slot that holds <paramref name="value"/>.</summary>
    public Slot NewSlot(long value = 0)
    {
        nint address = Allocate(sizeof(long));
        *(long*)address = value;
        return new Slot(address);
    }

    /// <summary>Zeroed memory that the child may read and write, aligned to 16 bytes.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: the configuration is larger than any plan may be.</exception>
    public nint Allocate(int bytes)
    {
        int size = (bytes + 15) & ~15;
        if (size < 0 || used > ArenaBytes - size)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"plan: the configuration needs more than {ArenaBytes >> 20} MiB of arguments");
        nint address = (nint)(arena + used);
        used += size;
        return address;
    }

    /// <summary>Zeroed memory of whole pages.</summary>
    public nint AllocatePages(int bytes)
    {
        const int page = 4096;
        used = (used + page - 1) & ~(page - 1);
        return Allocate(bytes);
    }

    /// <summary>A zero-terminated copy of a text; 0 for <see langword="null"/>.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: the text holds a zero character.</exception>
    public nint Text(string? text)
    {
        if (text is null) return 0;
        if (text.Contains('\0'))
            throw new KeelsonException(ErrorKind.InvalidArgument, $"plan: '{text.Replace("\0", "\\0", StringComparison.Ordinal)}' contains a zero byte");
        int length = Encoding.UTF8.GetByteCount(text);
        nint address = Allocate(length + 1);
        Encoding.UTF8.GetBytes(text, new Span<byte>((void*)address, length));
        return address;
    }

    /// <summary>A copy of some bytes.</summary>
    public nint Bytes(ReadOnlySpan<byte> bytes)
    {
        nint address = Allocate(bytes.Length);
        bytes.CopyTo(new Span<byte>((void*)address, bytes.Length));
        return address;
    }

    /// <summary>A copy of one structure.</summary>
    public nint Value<T>(in T value) where T : unmanaged
    {
        nint address = Allocate(sizeof(T));
        *(T*)address = value;
        return address;
    }

    /// <summary>A null-terminated vector of texts, as execve(2) takes it.</summary>
    public nint Vector(ReadOnlySpan<string> texts)
    {
        nint vector = Allocate((texts.Length + 1) * sizeof(nint));
        for (int i = 0; i < texts.Length; i++) ((nint*)vector)[i] = Text(texts[i]);
        return vector;
    }

    /// <summary>Gives the mapping back. No child may be cloned from this plan afterwards.</summary>
    public void Dispose() => Memory.Release((nint)arena, ArenaBytes);

    private int Jump(int kind, nint address, long mask, long value)
    {
        Step* step = Add(kind == Step.JumpIf ? "skip if" : "skip unless", null, kind);
        step->Arguments[0] = address;
        step->Arguments[1] = mask;
        step->Arguments[2] = value;
        return Count - 1;
    }

    private Step* Add(string operation, string? target, int number)
    {
        if (Count == MaximumSteps)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"plan: the configuration needs more than {MaximumSteps} steps");
        Step* step = Steps + Count;
        names.Add(new StepName(operation, target));
        step->Number = number;
        return step;
    }

    private static void Set(Step* step, int index, Arg argument)
    {
        step->Arguments[index] = argument.Value;
        if (argument.IsSlot) step->SlotArguments |= (byte)(1 << index);
    }
}

/// <summary>Refines the step that was added last.</summary>
internal readonly unsafe ref struct StepBuilder(Step* step)
{
    /// <summary>Keeps the result, or the negative error number, in a slot.</summary>
    public StepBuilder Into(Slot slot)
    {
        step->Result = slot.Address;
        return this;
    }

    /// <summary>Counts up to three errors as success.</summary>
    public StepBuilder Accept(Errno first, Errno second = Errno.None, Errno third = Errno.None)
    {
        step->Accepted1 = (short)first;
        step->Accepted2 = (short)second;
        step->Accepted3 = (short)third;
        return this;
    }

    /// <summary>Lets no error stop the plan.</summary>
    public StepBuilder AcceptAll()
    {
        step->Flags |= StepFlags.AnyOutcome;
        return this;
    }

    /// <summary>Tries again while the answer is EAGAIN.</summary>
    public StepBuilder Retry()
    {
        step->Flags |= StepFlags.RetryAgain;
        return this;
    }
}
