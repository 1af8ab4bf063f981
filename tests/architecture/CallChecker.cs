using Iced.Intel;

namespace Keelson.Architecture.Tests;

/// <summary>Finds the places where x86-64 code leaves itself, by whatever instruction.</summary>
internal static class CallChecker
{
    /// <summary>Where a function goes that is not itself.</summary>
    /// <param name="Offset">Of the instruction, from the start of the function.</param>
    /// <param name="Target">Address it goes to; 0 when that is known only when it runs.</param>
    /// <param name="Text">The instruction, for people.</param>
    internal readonly record struct Exit(int Offset, ulong Target, string Text);

    /// <summary>All calls, and all jumps out of the function, of a piece of code. Every instruction is looked at, whether it can be reached or not.</summary>
    public static List<Exit> Exits(ReadOnlySpan<byte> code, ulong address)
    {
        List<Exit> exits = [];
        Decoder decoder = Decoder.Create(64, new ByteArrayCodeReader(code.ToArray()), address);
        ulong end = address + (ulong)code.Length;
        while (decoder.IP < end)
        {
            Instruction instruction = decoder.Decode();
            int offset = (int)(instruction.IP - address);
            switch (instruction.FlowControl)
            {
                case FlowControl.Next or FlowControl.Return or FlowControl.Interrupt or FlowControl.Exception when !instruction.IsInvalid:
                    break;
                case FlowControl.ConditionalBranch or FlowControl.UnconditionalBranch when instruction.NearBranchTarget >= address && instruction.NearBranchTarget < end:
                    break;
                case FlowControl.ConditionalBranch or FlowControl.UnconditionalBranch:
                case FlowControl.Call when instruction.IsCallNear:
                    exits.Add(new(offset, instruction.NearBranchTarget, instruction.ToString()));
                    break;
                default:
                    exits.Add(new(offset, 0, instruction.IsInvalid ? "an invalid instruction" : instruction.ToString()));
                    break;
            }
        }
        return exits;
    }

    /// <summary>What a group of functions calls besides itself and a few allowed functions.</summary>
    /// <param name="image">The program.</param>
    /// <param name="isInside">Whether a function belongs to the group; those that are called are looked at too.</param>
    /// <param name="allowed">Names of functions that may be called.</param>
    public static List<string> ForbiddenCalls(NativeImage image, Func<string, bool> isInside, IReadOnlySet<string> allowed)
    {
        List<string> faults = [];
        foreach (NativeFunction function in image.Functions.Where(f => f.Size > 0 && isInside(f.Name)))
        {
            foreach (Exit exit in Exits(image.Code(function), function.Address))
            {
                string[] names = [.. image.NamesAt[exit.Target]];
                if (names.Any(name => allowed.Contains(name) || isInside(name))) continue;
                faults.Add($"{function.Name}+0x{exit.Offset:x}: {exit.Text} ({(names.Length == 0 ? "unknown" : string.Join(", ", names))})");
            }
        }
        return faults;
    }
}
