<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- Viridis, even in lightness and readable without seeing colours, from impossible to certain; of the first class, until another band is chosen. -->
<qgis version="3.22.0" styleCategories="Symbology">
  <pipe>
    <provider>
      <resampling enabled="false" zoomedInResamplingMethod="nearestNeighbour" zoomedOutResamplingMethod="nearestNeighbour" maxOversampling="2"/>
    </provider>
    <rasterrenderer type="singlebandpseudocolor" band="1" classificationMin="0" classificationMax="100" opacity="1" alphaBand="-1" nodataColor="">
      <minMaxOrigin>
        <limits>None</limits>
        <extent>WholeRaster</extent>
        <statAccuracy>Estimated</statAccuracy>
      </minMaxOrigin>
      <rastershader>
        <colorrampshader colorRampType="INTERPOLATED" classificationMode="1" minimumValue="0" maximumValue="100" clip="0" labelPrecision="0">
          <colorramp type="gradient" name="[source]">
            <Option type="Map">
              <Option name="color1" type="QString" value="68,1,84,255"/>
              <Option name="color2" type="QString" value="253,231,37,255"/>
              <Option name="discrete" type="QString" value="0"/>
              <Option name="rampType" type="QString" value="gradient"/>
              <Option name="stops" type="QString" value="0.2;65,68,135,255:0.4;42,120,142,255:0.6;34,168,132,255:0.8;122,209,81,255"/>
            </Option>
          </colorramp>
          <item value="0" color="#440154" alpha="255" label="0 %"/>
          <item value="20" color="#414487" alpha="255" label="20 %"/>
          <item value="40" color="#2a788e" alpha="255" label="40 %"/>
          <item value="60" color="#22a884" alpha="255" label="60 %"/>
          <item value="80" color="#7ad151" alpha="255" label="80 %"/>
          <item value="100" color="#fde725" alpha="255" label="100 %"/>
          <rampLegendSettings useContinuousLegend="1" direction="0" orientation="2" minimumLabel="0" maximumLabel="100" prefix="" suffix=" %">
            <numericFormat id="basic">
              <Option type="Map">
                <Option name="decimals" type="int" value="0"/>
                <Option name="rounding_type" type="int" value="0"/>
              </Option>
            </numericFormat>
          </rampLegendSettings>
        </colorrampshader>
      </rastershader>
    </rasterrenderer>
    <brightnesscontrast brightness="0" contrast="0" gamma="1"/>
    <huesaturation saturation="0" grayscaleMode="0" colorizeOn="0"/>
    <rasterresampler maxOversampling="2"/>
    <resamplingStage>resamplingFilter</resamplingStage>
  </pipe>
  <blendMode>0</blendMode>
</qgis>
