using System.Text;
using Keelson.Cli.Templates;

namespace Keelson.Cli.Tests;

/// <summary>Templates: text/template over values of JSON.</summary>
public class TemplateTests
{
    private static string Fill(string template, string json) => Template.Parse(template).Execute(JsonMap.Parse(Encoding.UTF8.GetBytes(json), null));

    [Theory]
    [InlineData("{{.a}}-{{.b.c}}", """{"a":1,"b":{"c":"x"}}""", "1-x")]
    [InlineData("{{.}}", """{"b":[1,"x",true,1.5,null],"a":{}}""", "map[a:map[] b:[1 x true 1.5 <nil>]]")]
    [InlineData("{{json .}}", """{"b":[1,"<x>"],"a":null}""", """{"b":[1,"<x>"],"a":null}""")]
    [InlineData("{{.none}}", "{}", "<no value>")]
    [InlineData("{{if .a}}yes{{else}}no{{end}}", """{"a":[]}""", "no")]
    [InlineData("{{if eq .a 1}}one{{else if eq .a 2 3}}more{{else}}none{{end}}", """{"a":3}""", "more")]
    [InlineData("{{range .a}}[{{.}}]{{else}}nothing{{end}}", """{"a":[1,2]}""", "[1][2]")]
    [InlineData("{{range .a}}[{{.}}]{{else}}nothing{{end}}", """{"a":[]}""", "nothing")]
    [InlineData("{{range $k, $v := .a}}{{$k}}={{$v}};{{end}}", """{"a":{"y":2,"x":1}}""", "x=1;y=2;")]
    [InlineData("{{range $i, $v := .a}}{{if eq $i 1}}{{continue}}{{end}}{{if eq $i 3}}{{break}}{{end}}{{$v}}{{end}}", """{"a":["a","b","c","d"]}""", "ac")]
    [InlineData("{{with .a}}{{.b}}{{$.c}}{{end}}", """{"a":{"b":1},"c":2}""", "12")]
    [InlineData("{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}", "{}", "2")]
    [InlineData("a {{- /* note */ -}} b", "{}", "ab")]
    [InlineData("{{index .a 1}}{{index .b \"x.y\"}}", """{"a":[1,2],"b":{"x.y":3}}""", "23")]
    [InlineData("{{(index .a 0).b}}", """{"a":[{"b":"deep"}]}""", "deep")]
    [InlineData("{{.a | printf \"%s-%s\" \"x\" | upper}}", """{"a":"y"}""", "X-Y")]
    [InlineData("{{join (split .a \",\") \"+\"}} {{title .b}}", """{"a":"1,2","b":"two words"}""", "1+2 Two Words")]
    [InlineData("{{printf \"%5d|%-4s|%04d|%.2f|%q|%x|%%|%v\" 42 \"ab\" 7 1.5 \"q\" 255 true}}", "{}", "   42|ab  |0007|1.50|\"q\"|ff|%|true")]
    [InlineData("{{print 1 2 \"x\" 3}}{{println \"a\" 1}}", "{}", "1 2x3a 1\n")]
    [InlineData("{{and 1 0}}{{or 0 \"\" \"x\"}}{{not true}}{{len .a}}", """{"a":{"x":1}}""", "0xfalse1")]
    [InlineData("{{lt 1 2}}{{le 2 2}}{{gt \"b\" \"a\"}}{{ge 1 2}}{{ne 1 2}}", "{}", "truetruetruefalsetrue")]
    [InlineData("{{\"{{x}}\"}}{{`raw\\n`}}{{'a'}}", "{}", "{{x}}raw\\n97")]
    [InlineData("{{slice .a 1 2}}{{slice .b 1}}", """{"a":"xyz","b":[1,2]}""", "y[2]")]
    [InlineData("{{.a}} {{.b}} {{.c}}", """{"a":18446744073709551615,"b":1e21,"c":0.00001}""", "18446744073709551615 1e+21 1e-05")]
    public void A_template_is_filled(string template, string json, string expected) => Assert.Equal(expected, Fill(template, json));

    [Theory]
    [InlineData("{{", "has no end")]
    [InlineData("{{.a", "has no end")]
    [InlineData("{{if .a}}", "if has no end")]
    [InlineData("{{end}}", "unexpected {{end}}")]
    [InlineData("{{nowhere .a}}", "function \"nowhere\" not defined")]
    [InlineData("{{index .a 5}}", "outside of a list of 1")]
    [InlineData("{{$x}}", "$x is not declared")]
    [InlineData("{{upper}}", "too few arguments")]
    [InlineData("{{template \"x\"}}", "not supported")]
    [InlineData("{{lt 1 \"x\"}}", "different kinds")]
    [InlineData("{{}}", "empty")]
    public void What_is_wrong_is_told(string template, string cause) => Assert.Contains(cause, Assert.Throws<TemplateException>(() => Fill(template, """{"a":[1]}""")).Message, StringComparison.Ordinal);

    [Fact]
    public void Fields_that_were_left_out_have_their_zero_when_the_type_is_known()
    {
        object? container = JsonMap.Parse("""{"Id":"x","Config":{"Labels":null,"Cmd":null},"HostConfig":{"PidsLimit":null,"NanoCpus":5},"State":{}}"""u8.ToArray(), Docker.DockerJson.Default.ContainerInspect);
        Assert.Equal("x [] map[] <nil> 5 false 0||null", Template.Parse("{{.ID}} {{.Config.Cmd}} {{.Config.Labels}} {{.HostConfig.PidsLimit}} {{.HostConfig.NanoCPUs}} {{.State.Running}} {{.State.ExitCode}}|{{.Config.StopSignal}}|{{json .Config.Cmd}}").Execute(container));
        Assert.Contains("no field Nowhere", Assert.Throws<TemplateException>(() => Template.Parse("{{.Nowhere}}").Execute(container)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_listing_has_titles_and_columns()
    {
        Listing.Listing listing = new("ID=THE ID", "Name=NAME");
        Listing.Row[] rows = [new() { ["ID"] = "1", ["Name"] = "a" }, new() { Labels = new() { ["x.y-z"] = "v" }, ["ID"] = "a long one here", ["Name"] = "b" }];
        Assert.Equal("THE ID            NAME      y z\n1                 a         \na long one here   b         v\n", listing.Format("table {{.ID}}\\t{{.Name}}\\t{{.Label \"x.y-z\"}}", "", rows));
        Assert.Equal("""{"ID":"1","Name":"a"}""" + "\n", listing.Format("json", "", rows[..1]));
        Assert.Equal("1\na long one here\n", listing.Format(null, "{{.ID}}", rows));
    }
}
