namespace Keelson.Architecture.Tests;

/// <summary>Lists of what is wrong, printed in full.</summary>
internal static class Faults
{
    public static void None(IEnumerable<string> faults)
    {
        string text = string.Join('\n', faults);
        Assert.True(text.Length == 0, text);
    }
}
