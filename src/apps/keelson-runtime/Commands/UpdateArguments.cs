using System.Globalization;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.RuntimeCli.Commands;

/// <summary>The command line of <c>update</c>, and the limits it asks for.</summary>
internal sealed class UpdateArguments
{
    private readonly MemoryResources memory = new();
    private readonly CpuResources cpu = new();
    private readonly LinuxResources resources = new();
    private string? file;

    /// <summary>The container's name.</summary>
    public string Id { get; private set; } = "";

    /// <summary>Line for the resctrl file <c>schemata</c> about the third-level cache.</summary>
    public string? L3CacheSchema { get; private set; }

    /// <summary>Line for the resctrl file <c>schemata</c> about memory bandwidth.</summary>
    public string? MemoryBandwidthSchema { get; private set; }

    /// <summary>Kernel memory was to be limited, which no kernel does any more.</summary>
    public bool NamesKernelMemory { get; private set; }

    /// <summary>Reads the command line.</summary>
    public static UpdateArguments Parse(ArgumentReader reader)
    {
        UpdateArguments a = new();
        a.Id = reader.ReadId(name => a.Option(name, reader));
        return a;
    }

    /// <summary>The limits: those of the file, or of the options when no file is named. What is 0 or left out stays as it is.</summary>
    /// <exception cref="OciFormatException">The file is no resources object.</exception>
    public LinuxResources ToResources()
    {
        if (file is null)
        {
            resources.Memory = memory;
            resources.Cpu = cpu;
            return resources;
        }
        if (file != "-") return LinuxResourcesParser.Parse(Files.ReadAll(file, DocumentLimits.MaxBytes).Span, file);
        Files.TryReadAll(0, out ReadOnlyMemory<byte> input, DocumentLimits.MaxBytes).ThrowIfError("read", "standard input");
        return LinuxResourcesParser.Parse(input.Span, "standard input");
    }

    private void Option(string name, ArgumentReader reader)
    {
        switch (name)
        {
            case "resources" or "r": file = reader.Value(); break;
            case "memory": memory.Limit = ByteSize.Parse(reader.Value(), name); break;
            case "memory-reservation": memory.Reservation = ByteSize.Parse(reader.Value(), name); break;
            case "memory-swap": memory.Swap = ByteSize.Parse(reader.Value(), name); break;
            case "kernel-memory" or "kernel-memory-tcp": NamesKernelMemory |= ByteSize.Parse(reader.Value(), name) != 0; break;
            case "cpu-share" or "cpu-shares": cpu.Shares = Unsigned(name, reader.Value()); break;
            case "cpu-quota": cpu.Quota = reader.Number(); break;
            case "cpu-period": cpu.Period = Unsigned(name, reader.Value()); break;
            case "cpu-burst": cpu.Burst = Unsigned(name, reader.Value()); break;
            case "cpu-rt-period": cpu.RealtimePeriod = Unsigned(name, reader.Value()); break;
            case "cpu-rt-runtime": cpu.RealtimeRuntime = reader.Number(); break;
            case "cpu-idle": cpu.Idle = reader.Number(); break;
            case "cpuset-cpus": cpu.Cpus = reader.Value(); break;
            case "cpuset-mems": cpu.Mems = reader.Value(); break;
            case "pids-limit": resources.Pids = new PidsResources { Limit = reader.Number() }; break;
            case "blkio-weight": resources.BlockIo = new BlockIoResources { Weight = (ushort)Unsigned(name, reader.Value(), ushort.MaxValue) }; break;
            case "l3-cache-schema": L3CacheSchema = reader.Value(); break;
            case "mem-bw-schema": MemoryBandwidthSchema = reader.Value(); break;
            default: throw reader.Unknown();
        }
    }

    private static ulong Unsigned(string option, string text, ulong most = ulong.MaxValue)
    {
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) && number <= most) return number;
        throw new KeelsonException(ErrorKind.InvalidArgument, $"command line: option --{option}: '{text}' is not a number from 0 to {most}");
    }
}
