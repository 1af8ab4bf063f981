using System.Runtime.InteropServices;
using System.Text;

namespace Keelson.Architecture.Tests;

/// <summary>A function of a native program.</summary>
internal readonly record struct NativeFunction(string Name, ulong Address, int Size);

/// <summary>The code of an ELF program and the symbols of its .dbg file. Static and not position independent, so addresses are final.</summary>
internal sealed class NativeImage
{
    private const int HeaderBytes = 64, SymbolTable = 2, Loadable = 1, FunctionType = 2;
    private readonly byte[] program;

    /// <summary>Reads a stripped program and <c>PROGRAM.dbg</c> beside it.</summary>
    public NativeImage(string path)
    {
        program = File.ReadAllBytes(path);
        Functions = ReadFunctions(File.ReadAllBytes(path + ".dbg"));
        NamesAt = Functions.ToLookup(function => function.Address, function => function.Name);
    }

    public IReadOnlyList<NativeFunction> Functions { get; }

    /// <summary>All names of the function at an address.</summary>
    public ILookup<ulong, string> NamesAt { get; }

    /// <summary>The machine code of a function.</summary>
    public ReadOnlySpan<byte> Code(NativeFunction function)
    {
        // Program headers: ELF-64 "Program Header", 56 bytes each.
        ReadOnlySpan<byte> bytes = program;
        ulong table = Word(bytes, 32);
        for (int i = 0; i < Half(bytes, 56); i++)
        {
            ReadOnlySpan<byte> header = bytes.Slice((int)table + i * 56, 56);
            if (MemoryMarshal.Read<int>(header) != Loadable) continue;
            ulong offset = Word(header, 8), address = Word(header, 16), length = Word(header, 32);
            if (function.Address >= address && function.Address + (ulong)function.Size <= address + length)
                return bytes.Slice((int)(function.Address - address + offset), function.Size);
        }
        throw new InvalidDataException($"{function.Name} at {function.Address:x} lies in no segment");
    }

    private static List<NativeFunction> ReadFunctions(ReadOnlySpan<byte> elf)
    {
        if (elf.Length < HeaderBytes || !elf.StartsWith("\u007fELF\u0002\u0001"u8)) throw new InvalidDataException("not a 64-bit little-endian ELF file");
        List<NativeFunction> functions = [];
        ulong sections = Word(elf, 40);
        for (int i = 0; i < Half(elf, 60); i++)
        {
            // Section headers: ELF-64 "Section Header", 64 bytes each.
            ReadOnlySpan<byte> section = elf.Slice((int)sections + i * 64, 64);
            if (MemoryMarshal.Read<int>(section[4..]) != SymbolTable) continue;
            ReadOnlySpan<byte> strings = elf[(int)Word(elf.Slice((int)sections + MemoryMarshal.Read<int>(section[40..]) * 64, 64), 24)..];
            ReadOnlySpan<byte> symbols = elf.Slice((int)Word(section, 24), (int)Word(section, 32));
            for (; !symbols.IsEmpty; symbols = symbols[24..])
            {
                if ((symbols[4] & 15) != FunctionType) continue;
                ReadOnlySpan<byte> name = strings[MemoryMarshal.Read<int>(symbols)..];
                functions.Add(new(Encoding.UTF8.GetString(name[..name.IndexOf((byte)0)]), Word(symbols, 8), (int)Word(symbols, 16)));
            }
        }
        return functions;
    }

    private static ulong Word(ReadOnlySpan<byte> bytes, int offset) => MemoryMarshal.Read<ulong>(bytes[offset..]);

    private static ushort Half(ReadOnlySpan<byte> bytes, int offset) => MemoryMarshal.Read<ushort>(bytes[offset..]);
}
