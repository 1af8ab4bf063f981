using System.Runtime.InteropServices;

namespace Keelson.Bench;

/// <summary>A program and its arguments, laid out for execve before the clock starts.</summary>
internal sealed unsafe class Command
{
    private readonly byte** vector;

    public Command(IReadOnlyList<string> arguments)
    {
        Program = arguments[0];
        Text = string.Join(' ', arguments);
        vector = Vector(arguments);
    }

    public string Program { get; }

    public string Text { get; }

    public byte** Arguments => vector;

    /// <summary>A null-terminated vector of C strings. It lives as long as the program.</summary>
    public static byte** Vector(IReadOnlyList<string> texts)
    {
        byte** vector = (byte**)NativeMemory.AllocZeroed((nuint)(texts.Count + 1), (nuint)sizeof(byte*));
        for (int i = 0; i < texts.Count; i++) vector[i] = (byte*)Marshal.StringToCoTaskMemUTF8(texts[i]);
        return vector;
    }
}
