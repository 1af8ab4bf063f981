using System.Text;
using Keelson.Build;

namespace Keelson.Fuzz.Targets;

/// <summary>Dockerfiles: what is read can be read again, instruction by instruction, and its words can be expanded.</summary>
internal sealed class DockerfileTarget : IFuzzTarget
{
    private static readonly string[] Variables = ["a=1", "b=x y", "PATH=/bin"];

    public string Name => "dockerfile";

    public void Run(ReadOnlySpan<byte> input)
    {
        try
        {
            Dockerfile file = Dockerfile.Parse(Encoding.UTF8.GetString(input));
            WordExpander words = new(file.Escape);
            foreach (Instruction instruction in file.Stages.SelectMany(stage => stage.Instructions))
            {
                if (instruction.Line < 1) throw new InvalidOperationException($"{instruction.Source} has no line");
                Expand(words, instruction.Source);
                if (instruction is ExposeInstruction expose)
                    foreach (string port in expose.Ports) Expand(words, port);
            }
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.InvalidArgument)
        {
            // Refused, as it should be.
        }
    }

    private static void Expand(WordExpander words, string text)
    {
        try
        {
            _ = words.Expand(text, Variables);
            _ = words.ExpandToWords(text, Variables);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.InvalidArgument)
        {
            // Refused, as it should be.
        }
    }
}
