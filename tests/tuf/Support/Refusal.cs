namespace Keelson.Tuf.Tests;

/// <summary>What every attack must meet.</summary>
internal static class Refusal
{
    /// <summary>The update fails for this reason, and what is kept of all roles but some stays as it is.</summary>
    /// <param name="accepted">Roles that come before the attacked one and are right.</param>
    public static async Task RefusesAsync(this TufClient client, RecordingStore store, TufFault fault, params string[] accepted)
    {
        Dictionary<string, byte[]> before = store.Roles.Except(accepted).ToDictionary(role => role, role => store[role]!);
        Assert.Equal(fault, (await Assert.ThrowsAsync<TufException>(() => client.RefreshAsync())).Fault);
        Assert.Null(client.Trusted);
        Assert.Equal(before, store.Roles.Except(accepted).ToDictionary(role => role, role => store[role]!));
    }
}
