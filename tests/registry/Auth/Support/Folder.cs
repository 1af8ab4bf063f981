namespace Keelson.Registry.Tests.Auth;

/// <summary>A directory of one test.</summary>
internal sealed class Folder : IDisposable
{
    public string Path { get; } = TestDirectory.Make("auth");

    public string File(string name) => $"{Path}/{name}";

    /// <summary>Writes a file and returns where it is.</summary>
    public string Write(string name, string contents)
    {
        System.IO.File.WriteAllText(File(name), contents);
        return File(name);
    }

    /// <summary>Writes a file of users with cheap hashes.</summary>
    public string Users(params (string Name, string Password)[] users) =>
        Write("htpasswd", string.Concat(users.Select(user => $"{user.Name}:{BCrypt.Net.BCrypt.HashPassword(user.Password, 4)}\n")));

    public void Dispose() => TestDirectory.Remove(Path);
}
