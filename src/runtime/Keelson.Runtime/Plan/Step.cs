using System.Runtime.InteropServices;

namespace Keelson.Runtime.Plan;

/// <summary>One step of a plan in the form that the cloned child reads: plain memory, no references.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Step
{
    /// <summary>A system call number, or one of the negative numbers below.</summary>
    public int Number;

    /// <summary>Bit i is set: argument i is the address of a slot that holds the value.</summary>
    public byte SlotArguments;

    /// <summary>See <see cref="StepFlags"/>.</summary>
    public StepFlags Flags;

    /// <summary>Errors that count as success. The slot of the result then holds the negative number.</summary>
    public short Accepted1, Accepted2, Accepted3;

    /// <summary>Address of the slot that takes the result; 0 for none.</summary>
    public nint Result;

    /// <summary>Up to six arguments.</summary>
    public fixed long Arguments[6];

    /// <summary>Jumps to step [3] unless the 8 bytes at address [0], masked with [1], equal [2].</summary>
    public const int JumpUnless = -1;

    /// <summary>Jumps to step [3] when the 8 bytes at address [0], masked with [1], equal [2].</summary>
    public const int JumpIf = -2;

    /// <summary>Fails with errno [3] unless the 8 bytes at address [0], masked with [1], equal [2].</summary>
    public const int Expect = -3;

    /// <summary>Stores [1] into the slot at address [0].</summary>
    public const int Set = -4;

    /// <summary>Fails with errno [0].</summary>
    public const int Fail = -5;

    /// <summary>Writes the record (-1 - [1], value of [2]) to descriptor [0] and waits for one byte of answer there.</summary>
    public const int Reach = -6;

    /// <summary>Stores the low 32 bits of the slot at address [0] at address [1].</summary>
    public const int StoreInt = -7;

    /// <summary>Jumps to step [3] when the 8 bytes at address [0] equal those at address [1].</summary>
    public const int JumpIfSame = -8;
}

/// <summary>How the child treats the outcome of a step.</summary>
[Flags]
internal enum StepFlags : byte
{
    None = 0,

    /// <summary>No error stops the plan.</summary>
    AnyOutcome = 1,

    /// <summary>EAGAIN is tried again: openat2(2) reports it when the tree changed under it.</summary>
    RetryAgain = 2,
}

/// <summary>A cell of 8 bytes in the plan's arena that a step fills and later steps read.</summary>
/// <param name="Address">Where it lies; 0 is no slot.</param>
internal readonly record struct Slot(nint Address)
{
    /// <summary>No slot: the result is not kept.</summary>
    public static Slot None => default;
}

/// <summary>An argument of a system call: a number that is known now, or a slot that an earlier step fills.</summary>
internal readonly record struct Arg(long Value, bool IsSlot)
{
    public static implicit operator Arg(int value) => new(value, false);
    public static implicit operator Arg(long value) => new(value, false);
    public static implicit operator Arg(nint value) => new(value, false);
    public static implicit operator Arg(Slot slot) => new(slot.Address, true);
}

/// <summary>What a person reads about a step: the operation and its object. No text is put together unless it is needed.</summary>
internal readonly record struct StepName(string Operation, string? Target);
