using System.Diagnostics;
using System.IO.MemoryMappedFiles;

namespace Keelson.Fuzz;

/// <summary>Runs one input and says what was wrong: an unexpected exception, too much time or too much memory.</summary>
/// <remarks>
/// The present input is in a mapped file, so that it can be found when it ends the whole program (a stack overflow, for example):
/// eight bytes of length, then the bytes. A watchdog ends the program when an input does not come to an end.
/// </remarks>
internal sealed class Runner : IDisposable
{
    private const long SlowMilliseconds = 2_000, HangMilliseconds = 30_000, GreatestAllocation = 256 << 20;

    private readonly IFuzzTarget target;
    private readonly string currentFile;
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly Timer watchdog;
    private long startedAt;

    public Runner(IFuzzTarget target, string currentFile, int maxBytes)
    {
        this.target = target;
        this.currentFile = currentFile;
        file = MemoryMappedFile.CreateFromFile(currentFile, FileMode.Create, null, maxBytes + sizeof(long) + (1 << 20));
        view = file.CreateViewAccessor();
        watchdog = new(_ => Watch(), null, 1000, 1000);
    }

    /// <summary>Runs an input; <see langword="null"/> when all is well.</summary>
    public Fault? Fault(byte[] input)
    {
        view.Write(0, (long)input.Length);
        view.WriteArray(sizeof(long), input, 0, (int)Math.Min(input.Length, view.Capacity - sizeof(long)));
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long start = Environment.TickCount64;
        Volatile.Write(ref startedAt, start);
        try
        {
            target.Run(input);
        }
        catch (Exception e)
        {
            string place = new StackTrace(e).GetFrame(0)?.GetMethod() is { } method ? $"{method.DeclaringType?.Name}.{method.Name}" : "";
            return new($"{e.GetType().Name} {place}", e.ToString());
        }
        finally
        {
            Volatile.Write(ref startedAt, 0);
        }
        long milliseconds = Environment.TickCount64 - start;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        return milliseconds > SlowMilliseconds ? new("slow", $"took {milliseconds} ms for {input.Length} bytes")
            : allocated > GreatestAllocation ? new("memory", $"allocated {allocated} bytes for {input.Length} bytes")
            : null;
    }

    public void Dispose()
    {
        watchdog.Dispose();
        view.Dispose();
        file.Dispose();
        File.Delete(currentFile);
    }

    private void Watch()
    {
        long start = Volatile.Read(ref startedAt);
        if (start == 0 || Environment.TickCount64 - start < HangMilliseconds) return;
        Console.WriteLine($"{target.Name}: an input does not come to an end; it is in {currentFile}, behind eight bytes of length");
        Environment.Exit(1);
    }
}
