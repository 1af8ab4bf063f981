using System.Runtime.InteropServices;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Runtime.Compile;
using Keelson.Runtime.Plan;

namespace Keelson.Runtime.Start;

/// <summary>The parent's side of the conversation with a child that plays a plan.</summary>
/// <remarks>
/// A record is two numbers of 8 bytes: (step, errno) of a failure, or (-1 - point, value). A point that the plan waits at is answered with one
/// byte. The end of the stream means that the child became its program, or died.
/// </remarks>
internal sealed class ChildChannel : IDisposable
{
    private const int RecordBytes = 16;
    private readonly FdHandle parentEnd;

    /// <summary>Makes the socket pair.</summary>
    public ChildChannel()
    {
        Sockets.TryPair(out FdHandle? parent, out FdHandle? child).ThrowIfError("socketpair", "channel");
        parentEnd = parent!;
        ChildEnd = child!;
    }

    /// <summary>The end that the child inherits.</summary>
    public FdHandle ChildEnd { get; }

    /// <summary>Number of the parent's end; the child inherits a copy and closes it.</summary>
    public int ParentFd => parentEnd.Fd;

    /// <summary>Closes the child's end here, so that its death is seen.</summary>
    public void CloseChildEnd() => ChildEnd.Dispose();

    /// <summary>Waits for the next record.</summary>
    /// <param name="plan">For the name of a step that failed.</param>
    /// <param name="value">The point's value.</param>
    /// <returns>The point; <see langword="null"/> when the child became its program or died.</returns>
    /// <exception cref="PlanException">A step failed.</exception>
    public StartPoint? Next(SyscallPlan plan, out long value)
    {
        Span<byte> record = stackalloc byte[RecordBytes];
        TryRead(record, out int count).ThrowIfError("read", "channel of the child");
        value = 0;
        if (count == 0) return null;
        long kind = MemoryMarshal.Read<long>(record);
        value = MemoryMarshal.Read<long>(record[8..]);
        if (count != RecordBytes || kind >= plan.Count) throw new KeelsonException(ErrorKind.Unknown, "read channel of the child: a damaged record");
        if (kind >= 0) throw new PlanException(plan.Name((int)kind), (Errno)(int)value);
        return (StartPoint)(-1 - kind);
    }

    /// <summary>Lets the child go on.</summary>
    public void Continue() => Files.TryWrite(parentEnd.Fd, "."u8).ThrowIfError("write", "channel of the child");

    /// <summary>Lets a child go on that may have failed by now; <see cref="Next"/> then tells why.</summary>
    public void TryContinue()
    {
        Errno errno = Files.TryWrite(parentEnd.Fd, "."u8);
        if (errno is not (Errno.EPIPE or Errno.ECONNRESET)) errno.ThrowIfError("write", "channel of the child");
    }

    /// <summary>After a failure: lets a child that waits fail, and reads on until all children have ended or become their program.</summary>
    /// <remarks>The first stage of two may report the process it made after the failure.</remarks>
    /// <returns>The process ID that was reported meanwhile; 0 when there was none.</returns>
    public int ReadToEnd()
    {
        _ = Sockets.TryEndOutput(parentEnd.Fd);
        Span<byte> record = stackalloc byte[RecordBytes];
        int pid = 0;
        while (TryRead(record, out int count) == Errno.None && count == RecordBytes)
            if (MemoryMarshal.Read<long>(record) == -1 - (long)StartPoint.ProcessId)
                pid = (int)MemoryMarshal.Read<long>(record[8..]);
        return pid;
    }

    /// <summary>Reads one record. A child that ends with an answer unread makes one ECONNRESET, and what it said before comes after that.</summary>
    private Errno TryRead(Span<byte> record, out int count)
    {
        Errno errno = Files.TryRead(parentEnd.Fd, record, out count);
        return errno == Errno.ECONNRESET ? Files.TryRead(parentEnd.Fd, record, out count) : errno;
    }

    /// <summary>Closes both ends; a child that waits then fails with EPIPE and ends.</summary>
    public void Dispose()
    {
        parentEnd.Dispose();
        ChildEnd.Dispose();
    }
}
