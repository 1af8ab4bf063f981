namespace Keelson.Trust.Tests.Support;

/// <summary>The program that publishes in a loop until it is killed.</summary>
internal static class PublishChild
{
    /// <summary>Arguments: <c>publish SERVER AUTHORITY TRUST GUN PREFIX COUNT</c>.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        using NotaryRemote remote = new(new() { Server = new Uri(arguments[1]), AuthorityFiles = [arguments[2]] });
        using TrustKeyStore keys = new(arguments[3], new FixedPassphrases());
        TrustCollection collection = new(arguments[4], remote, keys, new() { Directory = arguments[3], PublishAttempts = 50 });
        for (int i = 0; i < int.Parse(arguments[6], System.Globalization.CultureInfo.InvariantCulture); i++)
        {
            collection.AddTarget($"{arguments[5]}{i}", 5, TufHashes.Of("hello"u8));
            await collection.PublishAsync();
            Console.WriteLine($"{arguments[5]}{i}");
        }
        return 0;
    }
}
