namespace Keelson.Fuzz;

/// <summary>Something that reads input from outside and must stand any of it.</summary>
/// <remarks>
/// To add one: a class in <c>Targets</c>, a line in <see cref="TargetList"/>, and a folder <c>corpus/&lt;name&gt;</c> with good inputs to start
/// from. An input that showed a fault goes into that folder together with the correction.
/// </remarks>
public interface IFuzzTarget
{
    /// <summary>What the command line and the corpus folder call it.</summary>
    string Name { get; }

    /// <summary>Reads one input. It catches the exceptions that stand for a refused input; any other is a fault.</summary>
    void Run(ReadOnlySpan<byte> input);
}
