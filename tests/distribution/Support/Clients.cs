namespace Keelson.Distribution.Tests;

/// <summary>Clients and directories of tests.</summary>
internal static class Clients
{
    /// <summary>Tries again at once, and gives up after four times.</summary>
    public static RegistryClientOptions Impatient { get; } = new()
    {
        FirstDelay = TimeSpan.FromMilliseconds(5), MaxDelay = TimeSpan.FromSeconds(5), StallTimeout = TimeSpan.FromSeconds(20), Attempts = 4,
    };

    public static FixedCredentials User(string host, string user, string password) =>
        new(new Dictionary<string, RegistryCredential> { [host] = new() { Username = user, Password = password } });

    public static OciLayout NewLayout() => OciLayout.Create(TestDirectory.Make("layout"));
}
