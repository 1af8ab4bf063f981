using System.Text.Json;
using System.Text.Json.Nodes;

namespace Keelson.DockerApi.Tests.Dashboard;

/// <summary>The screen of terminals, without a container.</summary>
public class DashboardScreenTests(OpenDashboard page) : IClassFixture<OpenDashboard>
{
    public static TheoryData<string, string[]> Writings { get; } = new()
    {
        { "abc\r\ndef", ["abc", "def"] },
        { "abc\rX\b\bY", ["Ybc"] },
        { "a\tb", ["a       b"] },
        { "0123456789ABC", ["0123456789", "ABC"] },
        { "0123456789\rX", ["X123456789"] },
        { "\u001b[?7l0123456789ABC", ["012345678C"] },
        { "1\n2\n3\n4\n5", ["2".PadLeft(2), "3".PadLeft(3), "4".PadLeft(4), "5".PadLeft(5)] },
        { "abc\u001b[2DX", ["aXc"] },
        { "abc\u001b[1;1HX\u001b[2;3HY\u001b[HZ", ["Zbc", "  Y"] },
        { "abc\r\ndef\u001b[A\u001b[KX", ["abcX", "def"] },
        { "abcdef\u001b[3G\u001b[K", ["ab"] },
        { "abcdef\u001b[3G\u001b[1K", ["   def"] },
        { "abcdef\u001b[3G\u001b[2P", ["abef"] },
        { "abcdef\u001b[3G\u001b[2@", ["ab  cdef"] },
        { "abcdef\u001b[3G\u001b[2X", ["ab  ef"] },
        { "abc\u001b[4h\u001b[1GXY\u001b[4l", ["XYabc"] },
        { "a\r\nb\r\nc\u001b[2;1H\u001b[L", ["a", "", "b", "c"] },
        { "a\r\nb\r\nc\u001b[2;1H\u001b[M", ["a", "c"] },
        { "a\r\nb\r\nc\r\nd\u001b[2;3r\u001b[3;1H\nX", ["a", "c", "X", "d"] },
        { "a\r\nb\u001b[H\u001bMX", ["X", "a", "b"] },
        { "abc\u001b[2J\u001b[Hx", ["x"] },
        { "abc\u001b[?1049hother\u001b[?1049ld", ["abcd"] },
        { "ab\u001b7cd\u001b8X", ["abXd"] },
        { "\u001b(0lqk\u001b(Bq", ["┌─┐q"] },
        { "\u001b]0;title\u0007a\u001b]2;more\u001b\\b\u001bPq#1\u001b\\c", ["abc"] },
        { "\u001b[31;1mred\u001b[0m \u001b[38;5;200mx\u001b[48;2;1;2;3my", ["red xy"] },
        { "日本\u001b[DX", ["日 X"] },
        { "e\u0301x", ["e\u0301x"] },
        { "a\u001b[3bX", ["aaaaX"] },
        { "\u001b[99999999999999999999999999999999999999999999999999999999999999999999999999999999Ax", ["x"] },
        { "\u001b[999;999HX\u001b[9999A\u001b[9999DY", ["Y", "", "", "         X"] },
        { "\u001b[<1;2;3Ma\u001b[?9999hb\u001b[1;2;3;4;5;6;7;8;9zc\u009bd\u0000e", ["abcde"] },
        { "abc\u001bcx", ["x"] },
    };

    [Theory, MemberData(nameof(Writings))]
    public async Task A_screen_shows_what_a_program_writes(string text, string[] lines)
    {
        Browser browser = await page.OpenAsync();
        JsonArray seen = (await browser.RunAsync($$"""
            return import('/dashboard/screen.js').then(({ Screen }) => {
              const whole = new Screen(10, 4), pieces = new Screen(10, 4);
              const text = {{JsonSerializer.Serialize(text)}};
              whole.write(text);
              for (const character of text) pieces.write(character);
              return [whole, pieces].map(screen => screen.lines.map((_, row) => screen.textOf(row)));
            })
            """))!.AsArray();
        foreach (JsonNode? screen in seen) Assert.Equal([.. lines, .. Enumerable.Repeat("", 4 - lines.Length)], screen!.AsArray().Select(line => (string)line!));
    }

    [Fact]
    public async Task A_screen_answers_keeps_what_scrolls_away_and_survives_every_size_and_noise()
    {
        Browser browser = await page.OpenAsync();
        JsonArray seen = (await browser.RunAsync("""
            return import('/dashboard/screen.js').then(({ Screen }) => {
              const answers = [];
              const screen = new Screen(10, 3, text => answers.push(text));
              screen.write('1\r\n2\r\n3\r\n4\r\nab\u001b[6n\u001b[5n\u001b[c');
              const scrolled = screen.takeScrolled().map(line => line.text.join('').trimEnd());
              screen.resize(4, 2);
              const small = screen.lines.map((_, row) => screen.textOf(row));
              screen.resize(20, 5);
              let seed = 7;
              const next = limit => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed % limit; };
              const finals = '@ABCDEFGHIJKLMPSTXZbdhlmnrsu';
              let faults = 0;
              for (let i = 0; i < 30000; i++) {
                if (i % 500 === 0) screen.resize(1 + next(30), 1 + next(12));
                const kind = next(6);
                screen.write(kind === 0 ? '\u001b[' + (next(4) ? '' : '?') + next(60) + ';' + next(60) + finals[next(finals.length)] : kind === 1 ? '\u001b' + '78DEMc'[next(6)] : kind === 2 ? '日' : kind === 3 ? '\n' : kind === 4 ? '\u001b[?' + [1, 6, 7, 1049][next(4)] + 'hl'[next(2)] : 'abc\u0301');
                const isWhole = screen.lines.length === screen.rows && screen.lines.every(line => line.text.length === screen.columns && line.looks.length === screen.columns && line.text.every(text => typeof text === 'string') && line.looks.every(look => look));
                if (!isWhole || !(screen.x >= 0 && screen.x < screen.columns && screen.y >= 0 && screen.y < screen.rows)) faults++;
              }
              return [answers, scrolled, small, [String(faults), String(screen.scrolled.length <= 2000)]];
            })
            """))!.AsArray();
        Assert.Equal(["\u001b[3;3R", "\u001b[0n", "\u001b[?6c"], seen[0]!.AsArray().Select(text => (string)text!));
        Assert.Equal(["1", "2"], seen[1]!.AsArray().Select(text => (string)text!));
        Assert.Equal(["4", "ab"], seen[2]!.AsArray().Select(text => (string)text!));
        Assert.Equal(["0", "true"], seen[3]!.AsArray().Select(text => (string)text!));
    }
}
