namespace Keelson.Tuf.Tests;

/// <summary>The child that writes metadata into a directory until somebody kills it.</summary>
internal static class WriterChild
{
    public const int Length = 200_000;

    public static async Task<int> RunAsync(string directory)
    {
        DirectoryTufStore store = new(directory);
        for (byte fill = 0; ; fill++)
        {
            byte[] content = new byte[Length];
            Array.Fill(content, fill);
            await store.SaveAsync(TufRoles.Timestamp, content);
        }
    }
}
