using Keelson.Linux.Sys;

namespace Keelson.Cgroups.Tests;

/// <summary>Runs the instructions that device programs use, written from the instruction set's documentation and not from the compiler.</summary>
internal static class BpfMachine
{
    public static ulong Run(BpfInstruction[] program, uint type, uint access, uint major, uint minor)
    {
        ulong[] registers = new ulong[11];
        uint[] context = [access << 16 | type, major, minor];
        for (int at = 0, steps = 0; ; at++)
        {
            Assert.True(++steps < 10_000, "the program does not end");
            BpfInstruction instruction = program[at];
            int destination = instruction.Registers & 15, source = instruction.Registers >> 4;
            uint value = (uint)registers[destination], immediate = (uint)instruction.Immediate;
            switch (instruction.Code)
            {
                case 0x61: registers[destination] = context[instruction.Offset / 4]; break;
                case 0xb4: registers[destination] = immediate; break;
                case 0xbc: registers[destination] = (uint)registers[source]; break;
                case 0x54: registers[destination] = value & immediate; break;
                case 0x74: registers[destination] = value >> instruction.Immediate; break;
                case 0x16: at += value == immediate ? instruction.Offset : 0; break;
                case 0x56: at += value != immediate ? instruction.Offset : 0; break;
                case 0x95: return registers[0];
                default: throw new InvalidOperationException($"instruction {instruction.Code:x}");
            }
        }
    }
}
