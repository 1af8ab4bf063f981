using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Keelson.Architecture.Tests;

/// <summary>
/// Between clone and execve nothing runs but system calls: the garbage collector of the parent may have stopped the world at that moment,
/// and in the child nobody would start it again.
/// </summary>
public class ChildCodeTests
{
    /// <summary>As the ahead-of-time compiler spells the methods of <c>Keelson.Runtime.Start.ChildInterpreter</c>, and the one that clones.</summary>
    private const string Child = "Keelson_Runtime_Keelson_Runtime_Start_ChildInterpreter__", Cloning = "Keelson_Runtime_Keelson_Runtime_Start_Cloner__Clone<";

    private static readonly HashSet<string> Allowed = new(StringComparer.Ordinal) { "syscall", "__errno_location" };

    [PublishedFact]
    public void The_childs_code_calls_nothing_but_syscall_and_errno()
    {
        NativeImage image = new(Repository.PublishedRuntime);
        foreach (string entry in (string[])[Child + "RunChild<", Child + "Run<", Cloning])
            Assert.Contains(image.Functions, function => function.Name.StartsWith(entry, StringComparison.Ordinal) && function.Size > 0);
        Faults.None(CallChecker.ForbiddenCalls(image, IsOfTheChild, Allowed));
    }

    [PublishedFact]
    public void Ordinary_code_of_the_same_program_is_reported()
    {
        NativeImage image = new(Repository.PublishedRuntime);
        Assert.NotEmpty(CallChecker.ForbiddenCalls(image, name => name == "main", Allowed));
    }

    [Fact]
    public void Calls_and_jumps_out_of_the_function_are_exits()
    {
        ulong[] targets = [.. Exits(code => { code.call(0x5000); code.jmp(0x6000); code.jne(0x7000); }).Select(exit => exit.Target)];
        Assert.Equal([0x5000ul, 0x6000, 0x7000], targets);
    }

    [Fact]
    public void Indirect_calls_and_jumps_are_exits_to_an_unknown_place()
    {
        ulong[] targets = [.. Exits(code => { code.call(rax); code.call(__qword_ptr[rdi + 8]); code.jmp(rcx); code.syscall(); }).Select(exit => exit.Target)];
        Assert.Equal([0ul, 0, 0, 0], targets);
    }

    [Fact]
    public void Jumps_inside_the_function_and_returns_are_no_exits()
    {
        Assert.Empty(Exits(code =>
        {
            Label again = code.CreateLabel();
            code.Label(ref again);
            code.dec(rdi);
            code.jne(again);
            code.ret();
        }));
    }

    [Fact]
    public void Bytes_that_are_no_instruction_are_reported()
    {
        Assert.Single(CallChecker.Exits([0x06], 0x1000));
    }

    private static bool IsOfTheChild(string name) => name.StartsWith(Child, StringComparison.Ordinal) || name.StartsWith(Cloning, StringComparison.Ordinal);

    private static List<CallChecker.Exit> Exits(Action<Assembler> write)
    {
        Assembler assembler = new(64);
        write(assembler);
        using MemoryStream stream = new();
        assembler.Assemble(new StreamCodeWriter(stream), 0x1000);
        return CallChecker.Exits(stream.ToArray(), 0x1000);
    }
}
